using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Onnx.Operators;

namespace KernelGen.Onnx.Import;

/// <summary>Translates the graph of a model node by node and collects everything that stands against it.</summary>
internal sealed class GraphImporter(ModelProto model, ExternalData external, ImportOptions options, ErrorList errors)
{
    // Constants and arithmetic on shapes are nodes too, but no layers.
    private const int MaximumNodes = 10 * Limits.Layers;

    private readonly GraphProto graph = model.Graph;
    private readonly Dictionary<string, long> versions = model.OpsetImport
        .GroupBy(o => Canonical(o.Domain), StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.First().Version, StringComparer.Ordinal);

    private readonly GraphBuilder builder = new();
    private readonly List<NetworkInput> inputs = [];
    private readonly Dictionary<string, TensorProto> initializers = new(StringComparer.Ordinal);

    /// <summary>By ONNX name, in the order of the nodes; null: could not be read or computed, which has been reported.</summary>
    private readonly Dictionary<string, Value?> values = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Tensor)> carried = [];

    /// <returns>Null if there are errors.</returns>
    public NetworkDescription? Import(string name)
    {
        if (!CheckCounts())
        {
            return null;
        }

        var given = ReadGiven();
        CheckOutputs();
        var order = new NodeOrder(graph, given, errors);
        foreach (var node in order.Sorted)
        {
            Translate(node, order.Needed);
        }

        var outputs = ReadOutputs();
        return errors.IsEmpty ? Assemble(name, outputs) : null;
    }

    private bool CheckCounts()
    {
        foreach (var (count, what, limit) in new[]
        {
            (graph.Node.Count, "nodes", MaximumNodes),
            (graph.Initializer.Count, "initializers", MaximumNodes),
            (graph.Input.Count, "inputs", MaximumNodes),
            (graph.Output.Count, "outputs", Limits.Layers),
        })
        {
            if (count > limit)
            {
                errors.Add(ImportErrorId.Graph, FormattableString.Invariant($"The graph has {count} {what}; at most {limit} are supported."));
            }
        }

        return errors.IsEmpty;
    }

    /// <summary>The names of the inputs and initializers. The inputs are values then; initializers become some when they are read.</summary>
    private HashSet<string> ReadGiven()
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        foreach (var initializer in graph.Initializer)
        {
            if (!given.Add(initializer.Name))
            {
                errors.Add(ImportErrorId.Graph, $"There are two initializers {Text.Quote(initializer.Name)}; names must be unique.");
                continue;
            }

            initializers.Add(initializer.Name, initializer);
        }

        foreach (var sparse in graph.SparseInitializer)
        {
            var name = sparse.Values?.Name ?? "";
            errors.Add(ImportErrorId.Unsupported, $"The initializer {Text.Quote(name)} is sparse; store it as a dense tensor.");
            given.Add(name);
            values[name] = null;
        }

        var network = new NetworkInputs(graph, initializers, options, errors);
        foreach (var input in graph.Input)
        {
            if (values.ContainsKey(input.Name))
            {
                errors.Add(ImportErrorId.Graph, $"There are two inputs {Text.Quote(input.Name)}; names must be unique.");
            }
            else if (network.IsInput(input))
            {
                given.Add(input.Name);
                values[input.Name] = network.Read(input, builder, inputs);
            }
        }

        return given;
    }

    private void CheckOutputs()
    {
        if (graph.Output.Count == 0)
        {
            errors.Add(ImportErrorId.Graph, "The graph has no output; it needs at least one.");
        }

        foreach (var twice in graph.Output.GroupBy(o => o.Name, StringComparer.Ordinal).Where(g => g.Skip(1).Any()))
        {
            errors.Add(ImportErrorId.Graph, $"The output {Text.Quote(twice.Key)} is listed twice; outputs must be distinct.");
        }
    }

    private void Translate(NodeProto node, HashSet<string> needed)
    {
        foreach (var output in node.Output.Where(o => o.Length > 0 && !values.ContainsKey(o)))
        {
            values.Add(output, null);
        }

        if (!OperatorTable.IsKnown(node))
        {
            Report(node, ImportErrorId.Unsupported, OperatorTable.Refusal(node));
            return;
        }

        var failed = false;
        var arguments = new Value?[node.Input.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = node.Input[i].Length == 0 ? null : Find(node.Input[i]);
            failed |= arguments[i] is null && node.Input[i].Length > 0;
        }

        // What stands against an input has been reported.
        if (failed)
        {
            return;
        }

        try
        {
            var context = new NodeContext(node, Version(node.Domain), builder, arguments, needed);
            builder.Prefix = Text.Name(node.Output.FirstOrDefault(o => o.Length > 0) ?? "");
            var quantization = Quantization.Kept(context, arguments);
            var results = OperatorTable.Find(node, arguments)(context);
            if (context.UnknownAttributes().Distinct().Select(Text.Quote).ToList() is { Count: > 0 } unknown)
            {
                throw new OnnxNodeException($"It has attributes that are not known: {string.Join(", ", unknown.Take(10))}.");
            }

            Keep(node, quantization is null ? results : results.Select(r => r.IsFloat ? r.As(quantization) : r).ToArray(), needed);
        }
        catch (OnnxNodeException e)
        {
            Report(node, ImportErrorId.Unsupported, e.Message);
        }
        catch (OnnxFileException e)
        {
            Report(node, e.Id, e.Message);
        }
        catch (OverflowException)
        {
            Report(node, ImportErrorId.Shape, "Its sizes are too large for a 32-bit integer.");
        }
    }

    private void Keep(NodeProto node, Value[] results, HashSet<string> needed)
    {
        for (var i = 0; i < node.Output.Count; i++)
        {
            var name = node.Output[i];
            if (!needed.Contains(name))
            {
                continue;
            }

            if (i >= results.Length)
            {
                throw new OnnxNodeException(FormattableString.Invariant($"Its output {i} ({Text.Quote(name)}) is not supported."));
            }

            if (results[i].Rank > Limits.Rank + 1)
            {
                throw new OnnxNodeException(FormattableString.Invariant(
                    $"Its output {i} has {results[i].Rank} axes; at most {Limits.Rank} and the batch are supported."));
            }

            values[name] = results[i];
            if (results[i] is { IsFloat: true, Floats.Name: { } tensor })
            {
                carried.Add((name, tensor));
            }
        }
    }

    private Value? Find(string name)
    {
        if (!values.TryGetValue(name, out var value) && initializers.TryGetValue(name, out var initializer))
        {
            try
            {
                value = Value.Of(TensorReader.Read(initializer, external));
                builder.Budget.Earn(value.Length);
            }
            catch (OnnxFileException e)
            {
                errors.Add(e.Id, e.Message);
            }

            values.Add(name, value);
        }

        return value;
    }

    private List<(string Name, Tensor Tensor)> ReadOutputs()
    {
        var outputs = new List<(string Name, Tensor Tensor)>();
        foreach (var output in graph.Output)
        {
            if (Find(output.Name) is { } value)
            {
                try
                {
                    builder.Prefix = Text.Name(output.Name);
                    outputs.Add((output.Name, OutputTensor(value)));
                }
                catch (OnnxNodeException e)
                {
                    errors.Add(ImportErrorId.Unsupported, $"The output {Text.Quote(output.Name)} cannot be returned: {e.Message}");
                }
            }
        }

        return outputs;
    }

    private Tensor OutputTensor(Value value)
    {
        if (value.Quantization is not null)
        {
            throw new OnnxNodeException("It is a tensor of quantized integers. End the model with DequantizeLinear.");
        }

        if (value.IsFloat)
        {
            return builder.Reshape(value.Floats, Value.Reduced(value.Shape));
        }

        builder.Budget.Spend(value.Length);
        var floats = value.Integers.Select(i => (float)i).ToArray();
        if (floats.Where((f, i) => (double)f != value.Integers[i] || f >= long.MaxValue).Any())
        {
            throw new OnnxNodeException("It is a constant with integers that floats cannot hold.");
        }

        return builder.Constant(Value.Reduced(value.Shape), floats);
    }

    private NetworkDescription? Assemble(string name, IReadOnlyList<(string Name, Tensor Tensor)> outputs)
    {
        try
        {
            var description = DescriptionAssembler.Assemble(Text.Name(name), inputs, builder, outputs, carried);
            if (Check(description))
            {
                description = LayerMerging.Merge(Tidy.Apply(description));
            }

            return Check(description) ? description : null;
        }
        catch (OnnxNodeException e)
        {
            errors.Add(ImportErrorId.Unsupported, $"The outputs cannot be returned: {e.Message}");
            return null;
        }
    }

    private bool Check(NetworkDescription description)
    {
        foreach (var problem in errors.IsEmpty ? GraphVerifier.Verify(description).Problems : [])
        {
            errors.Add(
                problem.Id is ProblemId.Shape or ProblemId.Limit ? ImportErrorId.Shape : ImportErrorId.Graph,
                problem.Layer is null ? problem.Message : $"{Text.Quote(problem.Layer)}: {problem.Message}");
        }

        return errors.IsEmpty;
    }

    /// <summary>The version of a domain's operators; a file that does not say has those of the first.</summary>
    private long Version(string domain) => versions.TryGetValue(Canonical(domain), out var version) ? version : 1;

    private static string Canonical(string domain) => domain == "ai.onnx" ? "" : domain;

    private void Report(NodeProto node, string id, string message) => errors.Add(id, message, NodeOrder.NameOf(node), NodeOrder.Describe(node));
}
