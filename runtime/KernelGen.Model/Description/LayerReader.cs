namespace KernelGen.Model;

/// <summary>Reads one layer of a description.</summary>
internal static class LayerReader
{
    /// <param name="places">Receives where the layer stands, by its name.</param>
    public static Layer? Read(JsonValue value, Dictionary<string, int> places, ReadErrors errors)
    {
        if (ObjectReader.Open(value, "a layer", errors) is not { } untyped)
        {
            return null;
        }

        var name = untyped.String("name");
        places[name] = value.Position;
        if (untyped.Required("op") is not { } opValue)
        {
            return null;
        }

        var op = untyped.String(opValue, "op");
        var json = new ObjectReader((JsonObject)value, op + " layer", errors);
        json.Optional("name");
        json.Optional("op");
        if (opValue is not JsonString)
        {
            return null;
        }

        if (Operator(op, json, errors) is not { } result)
        {
            errors.Add(ProblemId.Value, opValue.Position, $"The operator {Findings.Quote(op)} is unknown.");
            return null;
        }

        var inputs = json.Strings("inputs", required: true);
        json.Close();
        return new Layer(name, result, inputs);
    }

    private static Operator? Operator(string op, ObjectReader json, ReadErrors errors) => op switch
    {
        OperatorNames.Conv => Conv(json, errors),
        OperatorNames.Dense => new Dense(
            json.Int32("units"),
            json.Weights("weights"),
            json.OptionalWeights("bias"),
            Selection(json, errors)),
        OperatorNames.BatchNorm => new BatchNorm(
            json.Weights("scale"),
            json.Weights("shift"),
            json.Weights("mean"),
            json.Weights("variance"),
            json.Single("epsilon", 1e-5f)),
        OperatorNames.MaxPool => new Pool(PoolKind.Max, Window(json)),
        OperatorNames.AveragePool => new Pool(PoolKind.Average, Window(json), json.Boolean("countPadding", absent: false)),
        OperatorNames.GlobalMaxPool => new GlobalPool(PoolKind.Max),
        OperatorNames.GlobalAveragePool => new GlobalPool(PoolKind.Average),
        OperatorNames.Add => new Add(),
        OperatorNames.Concat => new Concat(json.Int32("axis", 0)),
        OperatorNames.Flatten => new Flatten(),
        OperatorNames.Reshape => new Reshape(Shape(json)),
        OperatorNames.Softmax => new Softmax(json.Int32("axis", 0)),
        OperatorNames.Constant => new Constant(Shape(json), json.Weights("values")),
        OperatorNames.MatMul => new MatMul(),
        OperatorNames.Transpose => new Transpose(Integers(json, "permutation")),
        OperatorNames.Slice => new Slice(Integers(json, "starts"), Integers(json, "steps"), Integers(json, "sizes")),
        OperatorNames.Pad => new Pad(Integers(json, "before"), Integers(json, "after"), json.Single("value", 0)),
        OperatorNames.Gather => new Gather(json.Int32("axis"), Integers(json, "indices")),
        OperatorNames.Expand => new Expand(Shape(json)),
        OperatorNames.Resample => new Resample(json.Int32("axis"), json.Int32("taps"), Integers(json, "indices"), json.Weights("weights")),
        _ => Function(op, json),
    };

    private static Operator? Function(string op, ObjectReader json)
    {
        if (OperatorNames.IsActivation(op, out var kind))
        {
            return new Activation(
                kind,
                Alpha: Activation.UsesAlpha(kind) ? json.Single("alpha") : 0,
                Minimum: kind == ActivationKind.Clip ? json.Single("minimum") : 0,
                Maximum: kind == ActivationKind.Clip ? json.Single("maximum") : 0,
                Beta: Activation.UsesBeta(kind) ? json.Single("beta") : 0);
        }

        return OperatorNames.IsBinary(op, out var binary) ? new Binary(binary)
            : OperatorNames.IsReduction(op, out var reduction) ? new Reduce(reduction, Integers(json, "axes"))
            : null;
    }

    private static Shape Shape(ObjectReader json) => new(Integers(json, "shape"));

    private static EquatableArray<int> Integers(ObjectReader json, string key) =>
        json.Required(key) is { } value ? json.Int32s(value, key).ToEquatableArray() : [];

    private static Conv Conv(ObjectReader json, ReadErrors errors) => new(
        json.Int32("outputMaps"),
        Window(json),
        new ConvWeights(json.Weights("weights"), Kernels(json, errors), Taps(json, errors)),
        json.OptionalWeights("bias"),
        json.Int32("groups", 1),
        Selection(json, errors));

    private static Window Window(ObjectReader json)
    {
        var kernel = json.Required("kernel") is { } value ? json.Int32s(value, "kernel", 2) : [1, 1];
        var stride = Pair("stride");
        var dilation = Pair("dilation");
        var padding = json.Optional("padding") is { } p ? json.Int32s(p, "padding", 4) : [0, 0, 0, 0];
        return new Window(
            kernel[0], kernel[1], stride[0], stride[1], dilation[0], dilation[1], padding[0], padding[1], padding[2], padding[3]);

        int[] Pair(string key) => json.Optional(key) is { } value ? json.Int32s(value, key, 2) : [1, 1];
    }

    private static KernelMask? Kernels(ObjectReader json, ReadErrors errors)
    {
        if (json.Optional("kernels") is not { } value)
        {
            return null;
        }

        var bits = new List<bool>();
        var rows = json.Items(value, "kernels", null);
        var width = -1;
        foreach (var row in rows)
        {
            var text = json.String(row, "kernels");
            width = width < 0 ? text.Length : width;
            if (text.Length != width || text.Any(c => c is not ('0' or '1')))
            {
                errors.Add(
                    ProblemId.Value,
                    row.Position,
                    $"A row of 'kernels' must consist of 0 and 1, one per target map, as long as the first row ({width}).");
            }

            bits.AddRange(text.Select(c => c == '1'));
        }

        return new KernelMask(rows.Count, Math.Max(width, 0), bits.ToEquatableArray());
    }

    private static EquatableArray<TapPattern> Taps(ObjectReader json, ReadErrors errors) =>
        json.Optional("taps") is { } value
            ? json.Items(value, "taps", null).Select(p => Pattern(p, errors)).ToEquatableArray()
            : [];

    private static TapPattern Pattern(JsonValue value, ReadErrors errors)
    {
        if (value is JsonString text)
        {
            if (text.Text != "dense")
            {
                errors.Add(ProblemId.Value, value.Position, $"A tap pattern is \"dense\" or an object, not {Findings.Quote(text.Text)}.");
            }

            return TapPattern.Dense;
        }

        if (ObjectReader.Open(value, "a tap pattern", errors) is not { } json)
        {
            return TapPattern.Dense;
        }

        TapPattern pattern = json.Optional("taps") is { } taps
            ? new FreeTaps(json.Int32s(taps, "taps").ToEquatableArray())
            : new StridedTaps(json.Int32("offset"), json.Int32("stride"));
        json.Close();
        return pattern;
    }

    private static MapSelection? Selection(ObjectReader json, ReadErrors errors)
    {
        if (json.Optional("selection") is not { } value || ObjectReader.Open(value, "'selection'", errors) is not { } selection)
        {
            return null;
        }

        var result = new MapSelection(
            selection.Int32("of"),
            selection.Required("kept") is { } kept ? selection.Int32s(kept, "kept").ToEquatableArray() : []);
        selection.Close();
        return result;
    }
}
