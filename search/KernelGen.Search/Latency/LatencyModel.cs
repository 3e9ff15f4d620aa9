using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Evolution;

namespace KernelGen.Search.Latency;

/// <summary>
/// The time of a candidate's generated code: the compiler plans it, and each layer's estimated cycles are turned into time by what a
/// cycle took in the table's samples of the same layer in the same form. Pure; several threads may ask.
/// </summary>
public sealed class LatencyModel : ITimeModel
{
    /// <summary>How many samples a ratio is taken from.</summary>
    private const int Nearest = 4;

    /// <summary>Added to the distance of each sample, in logarithms of cycles, so that a single near one does not decide alone.</summary>
    private const double Blur = 0.05;

    private readonly LatencyTable table;
    private readonly CompilerOptions options;
    private readonly ILookup<(string Layer, string Schedule), LatencySample> ofLayer;
    private readonly ILookup<string, LatencySample> ofSchedule;

    public LatencyModel(LatencyTable table)
    {
        this.table = table;
        options = new CompilerOptions { Targets = [table.Origin.Target] };
        ofLayer = table.Samples.ToLookup(s => (s.Layer, s.Schedule));
        ofSchedule = table.Samples.ToLookup(s => s.Schedule);
    }

    public double Microseconds(NetworkDescription candidate) => table.Overhead + Layers(candidate).Sum(l => l.Microseconds);

    /// <summary>The time of each layer of the generated code, in the order of execution, after the passes.</summary>
    public IReadOnlyList<LayerTime> Layers(NetworkDescription candidate) =>
        [.. NetworkCompiler.Plan(candidate, options).Layers.Select(l => new LayerTime(l, Microseconds(l)))];

    /// <summary>The time of one layer, as the compiler plans it.</summary>
    internal double Microseconds(LayerPlan layer) =>
        layer.EstimatedCycles == 0 ? 0 : layer.EstimatedCycles * NanosecondsPerCycle(layer) / 1000;

    /// <summary>
    /// The geometric mean over the nearest samples by the logarithm of cycles, weighted by the inverse of their distance: of the same
    /// layer and schedule; where the table has none, of the schedule; failing that, of all.
    /// </summary>
    private double NanosecondsPerCycle(LayerPlan layer)
    {
        var samples = ofLayer[(layer.Name, layer.Schedule)];
        samples = samples.Any() ? samples : ofSchedule[layer.Schedule];
        samples = samples.Any() ? samples : table.Samples;
        var (sum, weights) = (0.0, 0.0);
        foreach (var (distance, sample) in samples
            .Select(s => (Distance: Math.Abs(Math.Log((double)s.Cycles / layer.EstimatedCycles)), Sample: s))
            .OrderBy(s => s.Distance)
            .Take(Nearest))
        {
            var weight = 1 / (distance + Blur);
            sum += weight * Math.Log(sample.Nanoseconds / sample.Cycles);
            weights += weight;
        }

        return Math.Exp(sum / weights);
    }
}
