using System.Text.Json.Serialization;

namespace KernelGen.Benchmarks.Table;

/// <summary>What was measured of one network. Times are of one inference in microseconds, the least of an interleaved run on one core.</summary>
/// <param name="Granularity">How it was pruned; null if it was not.</param>
/// <param name="Difference">The largest of all outputs against the interpreter and every rival, relative to the largest magnitude of the output.</param>
/// <param name="Rival">ONNX Runtime on one thread, the better form of the model.</param>
/// <param name="RivalForm">Which it was: <c>file</c> as it is, or <c>export</c> of our description.</param>
/// <param name="RivalThreads">The same on as many threads as ONNX Runtime takes by itself.</param>
/// <param name="Torch">TorchSharp on one thread; null if it cannot run the network.</param>
/// <param name="Gflops">10⁹ operations per second, two per multiply-add with a weight that is not zero.</param>
/// <param name="Roofline">Share of the network's limit, see <see cref="Machine.Roofline"/>.</param>
/// <param name="FirstMilliseconds">The first inference after the code was loaded: with the JIT's work.</param>
internal sealed record TableRow(
    string Network,
    string? Granularity,
    double Difference,
    double Ours,
    double Rival,
    string RivalForm,
    double RivalThreads,
    double? Torch,
    double Gflops,
    double Roofline,
    PrunedRatio? Pruned,
    double FirstMilliseconds,
    double AssemblyKilobytes,
    double WorkspaceKilobytes)
{
    [JsonIgnore]
    public static string Header { get; } =
        $"{"network",-34} {"ours µs",9} {"ORT µs",9} {"form",-6} {"ORT all",9} {"ORT/ours",8} {"Torch µs",9} {"GFLOP/s",7} {"limit",5} {"d/p time",8} {"d/p MACs",8} {"of it",5} {"first ms",8} {"asm KB",7} {"work KB",7} {"differ",7}";

    public double Speedup => Rival / Ours;

    public override string ToString() => FormattableString.Invariant(
        $"{Network,-34} {Ours,9:0.00} {Rival,9:0.00} {RivalForm,-6} {RivalThreads,9:0.00} {Speedup,8:0.00} {Torch,9:0.0} {Gflops,7:0.0} {Roofline,5:0%} {Pruned?.Time,8:0.00} {Pruned?.MultiplyAdds,8:0.00} {Pruned?.Share,5:0.00} {FirstMilliseconds,8:0.0} {AssemblyKilobytes,7:0} {WorkspaceKilobytes,7:0} {Difference,7:0e+0}");
}

/// <summary>How many times as much the dense network needs as the pruned one.</summary>
internal sealed record PrunedRatio(double Time, double MultiplyAdds)
{
    /// <summary>How much of what was saved in multiply-adds is saved in time.</summary>
    public double Share => Time / MultiplyAdds;
}
