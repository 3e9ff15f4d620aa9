using KernelGen.Compiler;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Layers;

/// <summary>
/// One layer's code for one choice of schedule: as a network of its own and, where it can follow itself, in two chains. The longer chain
/// has <see cref="More"/> layers more, which neither read the network's input nor write its output: the difference is theirs alone.
/// </summary>
internal sealed class LayerVariant : IDisposable
{
    public const int ShortChain = 2;
    public const int LongChain = 4;
    public const int More = LongChain - ShortChain;

    private readonly CompiledNetwork alone;
    private readonly List<CompiledNetwork> chains = [];

    /// <param name="inputs">Of the layer.</param>
    public LayerVariant(LayerCase layer, ScheduleChoice schedule, float[][] inputs)
    {
        var options = new CompilerOptions { Targets = [HostTarget.Name], Schedule = schedule };
        alone = CompiledNetwork.Load(layer.Describe(), options);
        if (layer.CanRepeat)
        {
            chains = [.. new[] { ShortChain, LongChain }.Select(n => CompiledNetwork.Load(layer.Describe(n), options with { UnrollBudget = Budget(layer, n, options) }))];
        }

        Code = string.Join('\n', alone.Source.Text.Split('\n').Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)));
        Timed = [TimedInference.Of($"{schedule}", alone, inputs), .. chains.Select((c, i) => TimedInference.Of($"{schedule}, chain {i}", c, inputs))];
    }

    /// <summary>The compiler's decision for the layer alone.</summary>
    public LayerPlan AlonePlan => Convolutions(alone.Source.Plan)[0];

    /// <summary>The compiler's decision for the layer among others like it; alone if it cannot follow itself.</summary>
    public LayerPlan Plan => chains.Count == 0 ? AlonePlan : Convolutions(chains[^1].Source.Plan)[1];

    /// <summary>The generated code without its comments, which name the reasons: the same for choices that end alike.</summary>
    public string Code { get; }

    /// <summary>The layer alone and, if there are any, the shorter and the longer chain.</summary>
    public IReadOnlyList<TimedInference> Timed { get; }

    /// <summary>The largest difference of the layer from <paramref name="one"/>, and of the longer chain from <paramref name="several"/>.</summary>
    public double Difference(float[][] inputs, float[] one, float[] several) => Math.Max(
        OutputComparison.Compare("alone", one, alone.Run(inputs)[0]).RelativeDifference,
        chains.Count == 0 ? 0 : OutputComparison.Compare("chain", several, chains[^1].Run(inputs)[0]).RelativeDifference);

    /// <summary>What one layer more adds; null if it cannot follow itself.</summary>
    /// <param name="measured">Of <see cref="Timed"/>.</param>
    public double? InPlace(ReadOnlySpan<double> measured) => chains.Count == 0 ? null : (measured[2] - measured[1]) / More;

    public void Dispose()
    {
        alone.Dispose();
        chains.ForEach(c => c.Dispose());
    }

    /// <summary>
    /// The budget is the network's: several layers get several times that of one. Where that would write out some of them, of which
    /// one alone may be too large, none is.
    /// </summary>
    private static int Budget(LayerCase layer, int times, CompilerOptions options)
    {
        var budget = times * options.UnrollBudget;
        var plan = NetworkCompiler.Plan(layer.Describe(LongChain), options with { UnrollBudget = LongChain * options.UnrollBudget });
        return Convolutions(plan).DistinctBy(l => l.Schedule).Count() == 1 ? budget : 0;
    }

    private static List<LayerPlan> Convolutions(NetworkPlan plan) => [.. plan.Layers.Where(l => l.MacsDense > 0)];
}
