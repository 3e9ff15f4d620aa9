using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Onnx.Import;
using AttributeType = KernelGen.Onnx.Format.AttributeProto.Types.AttributeType;

namespace KernelGen.Onnx.Operators;

/// <summary>Operators whose results are known at import, whatever their inputs, and those that only change an element's type.</summary>
internal static class ConstantOperators
{
    public static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Constant", Constant),
        ("ConstantOfShape", ConstantOfShape),
        ("Identity", node => [node.Input(0)]),
        ("Cast", node => [Convert(node, Target(node))]),
        ("CastLike", node => [Convert(node, node.Input(1).Type)]),
        ("Shape", ShapeOf),
        ("Size", node => [Value.Of([], [(long)node.Input(0).Length])]),
        ("Range", Range),
    ];

    private static Value[] Constant(NodeContext node)
    {
        string[] forms = ["value", "value_float", "value_floats", "value_int", "value_ints"];
        var given = forms.Where(f => node.Attribute(f) is not null).ToList();
        if (given.Count != 1)
        {
            throw new OnnxNodeException("It needs exactly one of the attributes value, value_float, value_floats, value_int and value_ints; strings and sparse tensors are not supported.");
        }

        switch (given[0])
        {
            case "value":
                var value = Value.Of(node.Tensor("value"));
                node.Graph.Budget.Earn(value.Length);
                return [value];
            case "value_float":
                return [Value.Of([], [node.Float("value_float", 0)])];
            case "value_floats":
                var floats = node.FloatList("value_floats");
                return [Value.Of([floats.Length], floats)];
            case "value_int":
                return [Value.Of([], [node.Integer("value_int", 0)])];
            default:
                var integers = node.Integers("value_ints");
                return [Value.Of([integers.Length], integers)];
        }
    }

    private static Value[] ConstantOfShape(NodeContext node)
    {
        var shape = IntegerTensors.ToShape(node.Integers(0, "the shape"));
        var length = shape.Aggregate(1, (product, d) => product * d);
        node.Graph.Budget.Spend(length);
        if (node.Attribute("value") is null)
        {
            return [Value.Of(shape, new float[length])];
        }

        var fill = Value.Of(node.Tensor("value"));
        if (fill.Length != 1)
        {
            throw new OnnxNodeException($"The attribute 'value' has {fill.Length} elements; it must have one.");
        }

        return fill.IsInteger
            ? [Value.Of(shape, Enumerable.Repeat(fill.Integers[0], length).ToArray(), fill.Type)]
            : [Value.Of(shape, Enumerable.Repeat(fill.Floats.Constant![0], length).ToArray())];
    }

    private static ElementType Target(NodeContext node)
    {
        // What else the newest versions say is about types of eight bits and fewer.
        node.Attribute("saturate");
        node.Attribute("round_mode");
        if (node.Attribute("to") is { Type: AttributeType.String } && Enum.TryParse<ElementType>(node.String("to", ""), true, out var named))
        {
            return named;
        }

        return (ElementType)node.Integer("to", 0);
    }

    private static Value Convert(NodeContext node, ElementType to)
    {
        var x = node.Input(0);
        if (!to.IsFloat() && !to.IsInteger())
        {
            throw new OnnxNodeException($"It converts to {to.Describe()}, which is not supported.");
        }

        if (x.IsInteger)
        {
            node.Graph.Budget.Spend(x.Length);
            return to.IsFloat()
                ? Value.Of(x.Shape, x.Integers.Select(i => (float)i).ToArray())
                : Value.Of(x.Shape, x.Integers.Select(i => to.Wrap(i)).ToArray(), to);
        }

        if (to.IsFloat())
        {
            return x;
        }

        if (x.Floats.Constant is not { } constant)
        {
            throw new OnnxNodeException($"It converts floats to {to.Describe()} at run time; only float tensors can be computed with.");
        }

        node.Graph.Budget.Spend(x.Length);
        return Value.Of(x.Shape, constant.Span.ToArray().Select(f => Truncated(f, to)).ToArray(), to);
    }

    private static long Truncated(float value, ElementType to)
    {
        if (to == ElementType.Bool)
        {
            return value == 0 ? 0 : 1;
        }

        return Math.Abs(value) < 9.2e18f
            ? to.Wrap((long)value)
            : throw new OnnxNodeException(FormattableString.Invariant($"It converts {value} to {to.Describe()}, which cannot hold it."));
    }

    private static Value[] ShapeOf(NodeContext node)
    {
        var shape = node.Input(0).Shape;
        var start = Clamped(node.Integer("start", 0));
        var end = Clamped(node.Integer("end", shape.Length));
        var part = shape.Skip(start).Take(Math.Max(0, end - start)).Select(d => (long)d).ToArray();
        return [Value.Of([part.Length], part)];

        int Clamped(long axis) => (int)Math.Min(Math.Max(axis < 0 ? axis + shape.Length : axis, 0), shape.Length);
    }

    private static Value[] Range(NodeContext node)
    {
        if (node.Input(0).IsInteger)
        {
            var (first, limit, step) = (Single(node.Integers(0, "start")), Single(node.Integers(1, "limit")), Single(node.Integers(2, "delta")));
            var numbers = new long[Count(node, ((double)limit - first) / step)];
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = first + (i * step);
            }

            return [Value.Of([numbers.Length], numbers, node.Input(0).Type)];
        }
        else
        {
            double first = Single(node.ConstantFloats(0, "start"));
            double limit = Single(node.ConstantFloats(1, "limit"));
            double step = Single(node.ConstantFloats(2, "delta"));
            var numbers = new float[Count(node, (limit - first) / step)];
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (float)(first + (i * step));
            }

            return [Value.Of([numbers.Length], numbers)];
        }

        static T Single<T>(T[] values) => values.Length == 1
            ? values[0]
            : throw new OnnxNodeException("start, limit and delta must have one element each.");
    }

    private static int Count(NodeContext node, double steps)
    {
        if (double.IsNaN(steps) || steps > Limits.Elements)
        {
            throw new OnnxNodeException($"The range is endless or has more than {Limits.Elements} elements.");
        }

        var count = (int)Math.Max(0, Math.Ceiling(steps));
        node.Graph.Budget.Spend(count);
        return count;
    }
}
