using Google.Protobuf;
using KernelGen.Onnx.Format;
using KernelGen.Onnx.Operators;
using AttributeType = KernelGen.Onnx.Format.AttributeProto.Types.AttributeType;

namespace KernelGen.Tests.Shared;

/// <summary>Changes the structure of a model at random: what a parser takes and an importer must still look at.</summary>
internal sealed class ModelMutator(Random random)
{
    private static readonly string[] Operators = OperatorTable.Names.Select(n => n.Split('.')[^1]).Append("Foo").ToArray();

    private static readonly long[] Numbers =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 16, 100, 255, 256, 65_535, 65_536, 1 << 24, 1 << 28, (1 << 28) + 1, int.MaxValue, 1L << 31, 1L << 32, 1L << 40,
        long.MaxValue, -1, -2, -3, -4, -100, int.MinValue, long.MinValue,
    ];

    private static readonly float[] Floats =
        [0, -0f, 1, -1, 0.5f, 2, 1e-10f, 1e10f, 1e38f, -1e38f, float.Epsilon, float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    /// <summary>A copy with one to four changes.</summary>
    public ModelProto Mutate(ModelProto seed)
    {
        var model = seed.Clone();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            Change(model);
        }

        return model;
    }

    private void Change(ModelProto model)
    {
        var graph = model.Graph;
        switch (random.Next(16))
        {
            case 0:
                Edit(graph.Node, n => n.Clone());
                break;
            case 1:
                Edit(graph.Initializer, t => t.Clone());
                break;
            case 2:
                Edit(graph.Input, i => i.Clone());
                break;
            case 3:
                Edit(graph.Output, o => o.Clone());
                break;
            case 4 when Pick(graph.Node) is { } node:
                Edit(node.Attribute, a => a.Clone());
                break;
            case 5 or 6 or 7 when Pick(graph.Node)?.Attribute is { Count: > 0 } attributes:
                ChangeAttribute(attributes[random.Next(attributes.Count)]);
                break;
            case 8 when Pick(graph.Node) is { } node:
                ChangeWires(graph, node);
                break;
            case 9 when Pick(graph.Node) is { } node:
                node.OpType = Any(Operators);
                break;
            case 10 or 11 when Pick(graph.Initializer) is { } tensor:
                ChangeTensor(tensor);
                break;
            case 12 when Pick(graph.Input) is { } input:
                ChangeInput(input);
                break;
            case 13 when Pick(graph.Input) is { } input:
                Rename(graph, input);
                break;
            case 14 when Pick(model.OpsetImport) is { } opset:
                opset.Version = random.Next(3) == 0 ? Any(Numbers) : random.Next(1, 26);
                break;
            default:
                Insert(graph);
                break;
        }
    }

    /// <summary>Drops, doubles or moves an element of a list, or empties it.</summary>
    private void Edit<T>(IList<T> list, Func<T, T> clone)
    {
        if (list.Count == 0)
        {
            return;
        }

        var i = random.Next(list.Count);
        switch (random.Next(8))
        {
            case 0:
                list.Clear();
                break;
            case < 3:
                list.RemoveAt(i);
                break;
            case < 5:
                list.Insert(random.Next(list.Count + 1), clone(list[i]));
                break;
            default:
                var j = random.Next(list.Count);
                (list[i], list[j]) = (list[j], list[i]);
                break;
        }
    }

    private void ChangeAttribute(AttributeProto attribute)
    {
        switch (random.Next(10))
        {
            case 0:
                attribute.Type = (AttributeType)random.Next(9);
                break;
            case 1:
                attribute.Name = Any(["axis", "axes", "value", "pads", "perm", "mode", "kernel_shape", "", "\0"]);
                break;
            case 2:
                attribute.S = ByteString.CopyFromUtf8(Any(["SAME_LOWER", "VALID", "linear", "cubic", "reflect", "edge", "DCR", "\n"]));
                break;
            case 3:
                attribute.F = Any(Floats);
                attribute.Floats.Add(Any(Floats));
                break;
            case 4 when attribute.T is { } tensor:
                ChangeTensor(tensor);
                break;
            case 5:
                attribute.T = null;
                attribute.Ints.Clear();
                break;
            case 6:
                attribute.Ints.Add(Any(Numbers));
                break;
            default:
                attribute.I = Any(Numbers);
                if (attribute.Ints.Count > 0)
                {
                    attribute.Ints[random.Next(attribute.Ints.Count)] = Any(Numbers);
                }

                break;
        }
    }

    private void ChangeWires(GraphProto graph, NodeProto node)
    {
        var wires = random.Next(3) == 0 ? node.Output : node.Input;
        if (random.Next(3) == 0)
        {
            Edit(wires, w => w);
        }
        else if (wires.Count > 0)
        {
            wires[random.Next(wires.Count)] = AnyValue(graph);
        }
        else
        {
            wires.Add(AnyValue(graph));
        }
    }

    private void ChangeTensor(TensorProto tensor)
    {
        switch (random.Next(9))
        {
            case 0:
                tensor.DataType = random.Next(25);
                break;
            case 1:
                Edit(tensor.Dims, d => d);
                break;
            case 2 when tensor.Dims.Count > 0:
                tensor.Dims[random.Next(tensor.Dims.Count)] = Any(Numbers);
                break;
            case 3:
                Edit(tensor.FloatData, f => f);
                Edit(tensor.Int64Data, i => i);
                break;
            case 4 when tensor.FloatData.Count > 0:
                tensor.FloatData[random.Next(tensor.FloatData.Count)] = Any(Floats);
                break;
            case 5 or 6 when tensor.Int64Data.Count > 0:
                tensor.Int64Data[random.Next(tensor.Int64Data.Count)] = Any(Numbers);
                break;
            case 7 when tensor.RawData.Length > 0:
                tensor.RawData = ByteString.CopyFrom(tensor.RawData.ToByteArray()[..random.Next(tensor.RawData.Length)]);
                break;
            default:
                tensor.DataLocation = TensorProto.Types.DataLocation.External;
                tensor.ExternalData.Add(new StringStringEntryProto { Key = Any(["location", "offset", "length"]), Value = Any(["model.onnx", "../x", "-1", "4"]) });
                break;
        }
    }

    private void ChangeInput(ValueInfoProto input)
    {
        var tensor = input.Type?.TensorType;
        if (tensor?.Shape is not { } shape || random.Next(10) == 0)
        {
            input.Type = random.Next(2) == 0 ? null : new TypeProto();
            return;
        }

        if (random.Next(3) == 0)
        {
            tensor.ElemType = random.Next(25);
        }
        else if (random.Next(3) == 0 || shape.Dim.Count == 0)
        {
            Edit(shape.Dim, d => d.Clone());
        }
        else
        {
            shape.Dim[random.Next(shape.Dim.Count)] = new TensorShapeProto.Types.Dimension { DimValue = Any(Numbers) };
        }
    }

    private void Rename(GraphProto graph, ValueInfoProto input)
    {
        var (old, name) = (input.Name, Any(["\n", "", new string('n', 300), "\ud83d\ude00", "y", "x_2"]));
        input.Name = name;
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = node.Input[i] == old ? name : node.Input[i];
            }
        }
    }

    /// <summary>Puts an operator between a value and one of its readers.</summary>
    private void Insert(GraphProto graph)
    {
        if (Pick(graph.Node) is not { Input.Count: > 0 } reader)
        {
            return;
        }

        var i = random.Next(reader.Input.Count);
        var node = new NodeProto { OpType = Any(Operators), Input = { reader.Input[i] }, Output = { $"inserted_{graph.Node.Count}" } };
        for (var more = random.Next(3); more > 0; more--)
        {
            node.Input.Add(AnyValue(graph));
        }

        if (Pick(graph.Node)?.Attribute is { } attributes && random.Next(2) == 0)
        {
            node.Attribute.Add(attributes.Select(a => a.Clone()));
        }

        reader.Input[i] = node.Output[0];
        graph.Node.Insert(random.Next(graph.Node.Count + 1), node);
    }

    private string AnyValue(GraphProto graph)
    {
        var names = graph.Node.SelectMany(n => n.Input.Concat(n.Output)).Concat(graph.Initializer.Select(t => t.Name)).Append("").ToList();
        return names[random.Next(names.Count)];
    }

    private T? Pick<T>(IList<T> list)
        where T : class => list.Count == 0 ? null : list[random.Next(list.Count)];

    private T Any<T>(T[] values) => values[random.Next(values.Length)];
}
