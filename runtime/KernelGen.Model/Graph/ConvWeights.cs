namespace KernelGen.Model;

/// <summary>
/// The weights of a convolution and which of them exist. The kinds of sparsity combine: a weight exists if its kernel
/// is not masked out and its tap belongs to the pattern of its source map. Maps that were removed are simply not there.
/// </summary>
/// <param name="Values">
/// The existing weights: source maps ascending, within one the kept target maps of its group ascending, within one the taps
/// of the source map's pattern ascending.
/// </param>
/// <param name="Kernels">Which kernels (source map to target map) exist; null: all.</param>
/// <param name="Taps">One pattern per source map, shared by all kernels leaving it; empty: every source map is dense.</param>
public sealed record ConvWeights(FloatData Values, KernelMask? Kernels, EquatableArray<TapPattern> Taps)
{
    /// <summary>Dense weights from the usual order.</summary>
    /// <param name="oihw">[outputMaps, inputMaps / groups, kernel height, kernel width], the last axis fastest.</param>
    public static ConvWeights FromDense(ReadOnlySpan<float> oihw, int outputMaps, int inputMaps, int groups, int area) =>
        FromDense(oihw, outputMaps, inputMaps, groups, area, null, []);

    /// <summary>Picks the weights that exist out of the usual dense order.</summary>
    /// <param name="oihw">[outputMaps, inputMaps / groups, kernel height, kernel width], the last axis fastest.</param>
    public static ConvWeights FromDense(
        ReadOnlySpan<float> oihw,
        int outputMaps,
        int inputMaps,
        int groups,
        int area,
        KernelMask? kernels,
        EquatableArray<TapPattern> taps)
    {
        var values = new List<float>();
        var sparsity = new ConvWeights(new FloatData([]), kernels, taps);
        foreach (var index in sparsity.Indices(outputMaps, inputMaps, groups, area))
        {
            values.Add(oihw[index]);
        }

        return new ConvWeights(new FloatData(values.ToArray()), kernels, taps);
    }

    /// <summary>All weights in the usual dense order, zero where none exists.</summary>
    /// <returns>[outputMaps, inputMaps / groups, kernel height, kernel width], the last axis fastest.</returns>
    public float[] ToDense(int outputMaps, int inputMaps, int groups, int area)
    {
        var dense = new float[outputMaps * (inputMaps / groups) * area];
        var k = 0;
        foreach (var index in Indices(outputMaps, inputMaps, groups, area))
        {
            dense[index] = Values[k++];
        }

        return dense;
    }

    /// <summary>How many weights exist: the length that <see cref="Values"/> must have.</summary>
    public long Count(int outputMaps, int inputMaps, int groups, int area)
    {
        var targets = outputMaps / groups;
        if (Kernels is null && Taps.IsEmpty)
        {
            return (long)inputMaps * targets * area;
        }

        long count = 0;
        for (var i = 0; i < inputMaps; i++)
        {
            count += (long)Pattern(i).Count(area) * (Kernels?.CountOfSource(i) ?? targets);
        }

        return count;
    }

    /// <summary>The tap pattern of one source map.</summary>
    public TapPattern Pattern(int sourceMap) => Taps.IsEmpty ? TapPattern.Dense : Taps[sourceMap];

    /// <summary>Positions in the dense order of the existing weights, in the order of <see cref="Values"/>.</summary>
    public IEnumerable<int> Indices(int outputMaps, int inputMaps, int groups, int area)
    {
        var targets = outputMaps / groups;
        var sources = inputMaps / groups;
        for (var i = 0; i < inputMaps; i++)
        {
            var group = i / sources;
            var taps = Pattern(i).Indices(area);
            for (var o = 0; o < targets; o++)
            {
                if (Kernels?.Has(i, o) == false)
                {
                    continue;
                }

                var kernel = ((((group * targets) + o) * sources) + (i % sources)) * area;
                foreach (var tap in taps)
                {
                    yield return kernel + tap;
                }
            }
        }
    }
}

/// <summary>Which kernels exist: a row per source map, a column per target map of that source map's group.</summary>
/// <param name="Sources">Input maps of the convolution.</param>
/// <param name="Targets">Output maps / groups.</param>
/// <param name="Bits">Row-major, true where the kernel exists; Sources × Targets of them.</param>
public sealed record KernelMask(int Sources, int Targets, EquatableArray<bool> Bits)
{
    public bool Has(int source, int target) => Bits[(source * Targets) + target];

    public int CountOfSource(int source)
    {
        var count = 0;
        for (var o = 0; o < Targets; o++)
        {
            count += Has(source, o) ? 1 : 0;
        }

        return count;
    }
}

/// <summary>Which taps of a kernel exist; taps are numbered row by row from the top left.</summary>
public abstract record TapPattern
{
    private protected TapPattern()
    {
    }

    /// <summary>Every tap.</summary>
    public static TapPattern Dense { get; } = new DenseTaps();

    /// <summary>The existing taps, ascending.</summary>
    /// <param name="area">Taps of the full kernel.</param>
    public abstract int[] Indices(int area);

    /// <summary>How many taps exist.</summary>
    /// <param name="area">Taps of the full kernel.</param>
    public abstract int Count(int area);
}

/// <summary>Every tap.</summary>
public sealed record DenseTaps : TapPattern
{
    public override int[] Indices(int area) => Enumerable.Range(0, area).ToArray();

    public override int Count(int area) => area;
}

/// <summary>
/// Intra-kernel strided sparsity (Anwar, Hwang, Sung, 2017): the taps Offset, Offset + Stride, … of the flattened kernel.
/// </summary>
/// <param name="Offset">0 ≤ Offset &lt; kernel area.</param>
/// <param name="Stride">At least 1.</param>
public sealed record StridedTaps(int Offset, int Stride) : TapPattern
{
    public override int[] Indices(int area)
    {
        var taps = new int[Count(area)];
        for (var i = 0; i < taps.Length; i++)
        {
            taps[i] = Offset + (i * Stride);
        }

        return taps;
    }

    public override int Count(int area) => Offset < area ? ((area - 1 - Offset) / Stride) + 1 : 0;
}

/// <summary>Any set of taps, ascending, possibly none.</summary>
public sealed record FreeTaps(EquatableArray<int> Taps) : TapPattern
{
    public override int[] Indices(int area) => Taps.ToArray();

    public override int Count(int area) => Taps.Count;
}
