using KernelGen.Compiler;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Layers;

/// <summary>One layer's code for one choice of schedule: as a network of its own and, where it can follow itself, several times in a row.</summary>
internal sealed class LayerVariant : IDisposable
{
    private readonly CompiledNetwork alone;
    private readonly CompiledNetwork? chained;
    private readonly int times;

    /// <param name="times">How often the layer follows itself in the longer network.</param>
    /// <param name="inputs">Of the layer.</param>
    public LayerVariant(LayerCase layer, ScheduleChoice schedule, int times, float[][] inputs)
    {
        this.times = times;

        var options = new CompilerOptions { Targets = [HostTarget.Name], Schedule = schedule };
        var (one, several) = ($"{schedule}", $"{schedule}, chained");
        alone = CompiledNetwork.Load(layer.Describe(), options);
        Code = string.Join('\n', alone.Source.Text.Split('\n').Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)));
        Timed = [TimedInference.Of(one, alone, inputs)];
        if (layer.CanRepeat)
        {
            // The budget is the network's: as much for each layer as one has alone, but not what one has none of for one of several.
            var budget = Plan.Schedule == "unrolled" ? times * options.UnrollBudget : options.UnrollBudget;
            chained = CompiledNetwork.Load(layer.Describe(times), options with { UnrollBudget = budget });
            Timed = [.. Timed, TimedInference.Of(several, chained, inputs)];
        }
    }

    /// <summary>The compiler's decision.</summary>
    public LayerPlan Plan => alone.Source.Plan.Layers.Single(l => l.MacsDense > 0);

    /// <summary>The generated code without its comments, which name the reasons: the same for choices that end alike.</summary>
    public string Code { get; }

    /// <summary>The layer alone and, if there is one, the chain.</summary>
    public IReadOnlyList<TimedInference> Timed { get; }

    /// <summary>The largest difference of the layer from <paramref name="one"/>, and of the chain from <paramref name="several"/>.</summary>
    public double Difference(float[][] inputs, float[] one, float[] several) => Math.Max(
        OutputComparison.Compare("alone", one, alone.Run(inputs)[0]).RelativeDifference,
        chained is null ? 0 : OutputComparison.Compare("chained", several, chained.Run(inputs)[0]).RelativeDifference);

    /// <summary>What one layer more adds; null if it cannot follow itself.</summary>
    /// <param name="measured">Of <see cref="Timed"/>.</param>
    public double? InPlace(ReadOnlySpan<double> measured) => chained is null ? null : (measured[1] - measured[0]) / (times - 1);

    public void Dispose()
    {
        alone.Dispose();
        chained?.Dispose();
    }
}
