using KernelGen.Compiler;
using KernelGen.Runtime;

namespace KernelGen.Search.Export;

/// <summary>Times generated networks against each other in one run, whole and layer by layer.</summary>
internal static class EngineTimer
{
    /// <returns>In the given order.</returns>
    public static IReadOnlyList<EngineTimes> Measure(IReadOnlyList<NetworkEngine> engines, CancellationToken cancel)
    {
        var clocked = new List<CompiledNetwork>();
        try
        {
            foreach (var engine in engines)
            {
                cancel.ThrowIfCancellationRequested();
                clocked.Add(CompiledNetwork.Load(engine.Folded, new CompilerOptions { Targets = [HostTarget.Name], TimesLayers = true }));
            }

            var times = LayerTimer.Measure([.. engines.Select(e => e.Network), .. clocked], null, cancel);
            return [.. engines.Select((_, i) => new EngineTimes(times[i].Whole, times[engines.Count + i].Layers.ToDictionary(l => l.Layer.Name, l => l.Microseconds)))];
        }
        finally
        {
            clocked.ForEach(c => c.Dispose());
        }
    }
}

/// <summary>Microseconds of one inference: the mean over the fastest tenth of the runs, as in the latency table.</summary>
/// <param name="Layers">Of each layer within the generated code, by name; none for a layer that another computes with its own.</param>
internal sealed record EngineTimes(double Whole, IReadOnlyDictionary<string, double> Layers);
