namespace KernelGen.Model;

/// <summary>Writes one layer of a description. Attributes at their defaults are left out.</summary>
internal static class LayerWriter
{
    public static void Write(Layer layer, JsonWriter json)
    {
        json.BeginObject();
        json.String("name", layer.Name);
        json.String("op", OperatorNames.Of(layer.Operator));
        json.Strings("inputs", layer.Inputs);
        Attributes(layer.Operator, json);
        json.EndObject();
    }

    private static void Attributes(Operator op, JsonWriter json)
    {
        switch (op)
        {
            case Conv conv:
                Conv(conv, json);
                break;
            case Dense dense:
                json.Integer("units", dense.Units);
                Selection(dense.Selection, json);
                Bias(dense.Bias, json);
                json.Weights("weights", dense.Weights);
                break;
            case BatchNorm norm:
                BatchNorm(norm, json);
                break;
            case Activation activation:
                Parameters(activation, json);
                break;
            case Pool pool:
                Window(pool.Window, json);
                if (pool.CountPadding)
                {
                    json.Boolean("countPadding", true);
                }

                break;
            case Reshape reshape:
                json.Integers("shape", reshape.Shape.Dimensions);
                break;
            case Softmax { Axis: not 0 } softmax:
                json.Integer("axis", softmax.Axis);
                break;
            case Concat { Axis: not 0 } concat:
                json.Integer("axis", concat.Axis);
                break;
            case Constant constant:
                json.Integers("shape", constant.Shape.Dimensions);
                json.Weights("values", constant.Values);
                break;
            case Reduce reduce:
                json.Integers("axes", reduce.Axes);
                break;
            case Transpose transpose:
                json.Integers("permutation", transpose.Permutation);
                break;
            case Slice slice:
                json.Integers("starts", slice.Starts);
                json.Integers("steps", slice.Steps);
                json.Integers("sizes", slice.Sizes);
                break;
            case Pad pad:
                json.Integers("before", pad.Before);
                json.Integers("after", pad.After);
                if (pad.Value != 0)
                {
                    json.Number("value", pad.Value);
                }

                break;
            case Gather gather:
                json.Integer("axis", gather.Axis);
                json.Integers("indices", gather.Indices);
                break;
            case Expand expand:
                json.Integers("shape", expand.Shape.Dimensions);
                break;
            case Resample resample:
                json.Integer("axis", resample.Axis);
                json.Integer("taps", resample.Taps);
                json.Integers("indices", resample.Indices);
                json.Weights("weights", resample.Weights);
                break;
        }
    }

    private static void Parameters(Activation activation, JsonWriter json)
    {
        if (Activation.UsesAlpha(activation.Kind))
        {
            json.Number("alpha", activation.Alpha);
        }

        if (Activation.UsesBeta(activation.Kind))
        {
            json.Number("beta", activation.Beta);
        }

        if (activation.Kind == ActivationKind.Clip)
        {
            json.Number("minimum", activation.Minimum);
            json.Number("maximum", activation.Maximum);
        }
    }

    private static void Conv(Conv conv, JsonWriter json)
    {
        json.Integer("outputMaps", conv.OutputMaps);
        Window(conv.Window, json);
        if (conv.Groups != 1)
        {
            json.Integer("groups", conv.Groups);
        }

        Selection(conv.Selection, json);
        if (conv.Weights.Kernels is { } mask)
        {
            Kernels(mask, json);
        }

        if (!conv.Weights.Taps.IsEmpty)
        {
            Taps(conv.Weights.Taps, json);
        }

        Bias(conv.Bias, json);
        json.Weights("weights", conv.Weights.Values);
    }

    private static void BatchNorm(BatchNorm norm, JsonWriter json)
    {
        if (norm.Epsilon != 1e-5f)
        {
            json.Number("epsilon", norm.Epsilon);
        }

        json.Weights("scale", norm.Scale);
        json.Weights("shift", norm.Shift);
        json.Weights("mean", norm.Mean);
        json.Weights("variance", norm.Variance);
    }

    private static void Window(Window window, JsonWriter json)
    {
        json.Integers("kernel", [window.KernelHeight, window.KernelWidth]);
        IfNot([1, 1], "stride", [window.StrideY, window.StrideX]);
        IfNot([1, 1], "dilation", [window.DilationY, window.DilationX]);
        IfNot([0, 0, 0, 0], "padding", [window.PadTop, window.PadLeft, window.PadBottom, window.PadRight]);

        void IfNot(EquatableArray<int> canonical, string key, EquatableArray<int> values)
        {
            if (values != canonical)
            {
                json.Integers(key, values);
            }
        }
    }

    private static void Kernels(KernelMask mask, JsonWriter json)
    {
        json.BeginArray("kernels");
        for (var i = 0; i < mask.Sources; i++)
        {
            var row = new char[mask.Targets];
            for (var o = 0; o < row.Length; o++)
            {
                row[o] = mask.Has(i, o) ? '1' : '0';
            }

            json.StringItem(new string(row));
        }

        json.EndArray();
    }

    private static void Taps(EquatableArray<TapPattern> patterns, JsonWriter json)
    {
        json.BeginArray("taps");
        foreach (var pattern in patterns)
        {
            switch (pattern)
            {
                case DenseTaps:
                    json.StringItem("dense");
                    break;
                case StridedTaps strided:
                    json.BeginObject(oneLine: true);
                    json.Integer("offset", strided.Offset);
                    json.Integer("stride", strided.Stride);
                    json.EndObject();
                    break;
                case FreeTaps free:
                    json.BeginObject(oneLine: true);
                    json.Integers("taps", free.Taps);
                    json.EndObject();
                    break;
            }
        }

        json.EndArray();
    }

    private static void Selection(MapSelection? selection, JsonWriter json)
    {
        if (selection is not null)
        {
            json.BeginObject("selection");
            json.Integer("of", selection.Of);
            json.Integers("kept", selection.Kept);
            json.EndObject();
        }
    }

    private static void Bias(FloatData? bias, JsonWriter json)
    {
        if (bias is not null)
        {
            json.Weights("bias", bias);
        }
    }
}
