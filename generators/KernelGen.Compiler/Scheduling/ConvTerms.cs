using KernelGen.Compiler.Emit;
using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>One existing weight of a convolution.</summary>
/// <param name="Source">Input map.</param>
/// <param name="Tap">Number of the tap in its kernel.</param>
/// <param name="Output">Output map.</param>
internal readonly record struct ConvTerm(int Source, int Tap, int Output, float Weight);

/// <summary>A convolution as the list of its existing weights, and the sizes that its kernels need.</summary>
internal sealed class ConvTerms
{
    /// <summary>Half of what a method may hold.</summary>
    private const int MostWrittenTaps = KernelClass.MaxStatements / 2;

    private SparseConv? sparse;

    public ConvTerms(Conv conv, Shape input, Shape output)
    {
        Conv = conv;
        Input = input;
        Output = output;
        var (sources, targets) = (input.Maps / conv.Groups, conv.OutputMaps / conv.Groups);
        var values = conv.Weights.Values.Span;
        var terms = new List<ConvTerm>(values.Length);
        var used = new List<(int, int)>();
        var first = 0;
        for (var source = 0; source < input.Maps; source++)
        {
            // Weights lie target by target. A kernel loads each input vector once: source map, then tap, then the outputs that use it.
            var kept = Enumerable.Range(0, targets).Where(o => conv.Weights.Kernels?.Has(source, o) ?? true).ToArray();
            var taps = conv.Weights.Pattern(source).Indices(conv.Window.Area);
            for (var t = 0; t < taps.Length; t++)
            {
                var before = terms.Count;
                for (var o = 0; o < kept.Length; o++)
                {
                    var weight = values[first + (o * taps.Length) + t];
                    if (weight != 0)
                    {
                        terms.Add(new ConvTerm(source, taps[t], (source / sources * targets) + kept[o], weight));
                    }
                }

                if (terms.Count > before)
                {
                    used.Add((source, taps[t]));
                }
            }

            first += kept.Length * taps.Length;
        }

        Terms = terms.ToArray();
        Taps = used.ToArray();
    }

    public Conv Conv { get; }

    public Shape Input { get; }

    public Shape Output { get; }

    /// <summary>Sorted by source map, tap and output map.</summary>
    public ConvTerm[] Terms { get; }

    /// <summary>The (source map, tap) pairs that any output uses, sorted.</summary>
    public (int Source, int Tap)[] Taps { get; }

    public int SourcesPerGroup => Input.Maps / Conv.Groups;

    public int TargetsPerGroup => Output.Maps / Conv.Groups;

    /// <summary>
    /// Whether several groups make up a block of 16 output maps, each lane's source maps lie in a block of the input, and their taps
    /// are few enough to be written out: depthwise convolutions and the like.
    /// </summary>
    public bool HasNarrowGroups =>
        Conv.Groups > 1
        && TargetsPerGroup < TensorLayout.Block
        && TensorLayout.Block % TargetsPerGroup == 0
        && SourcesPerGroup <= TargetsPerGroup
        && Conv.Window.Area * SourcesPerGroup <= MostWrittenTaps;

    /// <summary>Whether vectors of this many lanes hold several groups, or one that is one map.</summary>
    public bool HasNarrowGroupsFor(int lanes) => HasNarrowGroups && (TargetsPerGroup < lanes || TargetsPerGroup == 1);

    /// <summary>The lists of the weights by output map. Only where <see cref="SparseConv.Handles"/>.</summary>
    public SparseConv Sparse => sparse ??= new SparseConv(this);

    public float Bias(int output) => Conv.Bias?[output] ?? 0f;
}
