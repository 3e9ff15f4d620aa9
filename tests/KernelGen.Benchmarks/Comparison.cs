using System.Globalization;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks;

/// <summary>Generated code against ONNX Runtime: outputs compared first, then timed in one interleaved run on one core.</summary>
internal static class Comparison
{
    private const int Seed = 1;

    /// <summary>The networks that are compared when no file is given.</summary>
    public static IReadOnlyList<NetworkCase> Known { get; } = KnownNetworks.All().ToList();

    /// <summary>Prints a line per network; returns 1 if the outputs of any differ, else 0.</summary>
    /// <param name="paths">Descriptions; none: <see cref="Known"/>.</param>
    public static int Run(IReadOnlyList<string> paths)
    {
        var networks = paths.Count == 0
            ? Known.Select(k => (k.Name, k.Description))
            : paths.Select(p => (Name: Path.GetFileNameWithoutExtension(p), Description: DescriptionFile.Read(p)));
        Console.WriteLine($"{"network",-24} {"target",-6} {"difference",10} {"ours µs",10} {"ORT µs",10} {"ours/ORT",9}   (medians, one thread)");
        return networks.Count(n => !Compare(n.Name, n.Description)) == 0 ? 0 : 1;
    }

    private static bool Compare(string name, NetworkDescription description)
    {
        var inputs = NetworkVerifier.RandomSamples(description, Seed, 1)[0];
        using var ours = CompiledNetwork.Load(description);
        using var theirs = new OnnxRuntimeNetwork(description, inputs);
        theirs.Run();
        var outputs = ours.Run(inputs);
        var difference = description.Outputs
            .Select((o, k) => OutputComparison.Compare(o, theirs.Outputs[k], outputs[k]).RelativeDifference)
            .Max();
        var report = InferenceTimer.Measure([TimedInference.Of("ours", ours, inputs), new("ONNX Runtime", theirs.Run)]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-24} {ours.Target,-6} {difference,10:0.0e+0} {report.Times[0].Median,10:0.00} {report.Times[1].Median,10:0.00} {report.Ratio(0, 1),9:0.000}"));
        return difference <= OutputComparison.DefaultTolerance;
    }
}
