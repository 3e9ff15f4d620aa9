using System.Globalization;
using KernelGen.Model;

namespace KernelGen.Search.Export;

/// <summary>
/// The networks of a job, generated, held to TorchSharp, tested and timed. Those that are equal, as two tolerances or methods may
/// come to the same one, are one.
/// </summary>
internal sealed class MeasuredNetworks : IDisposable
{
    private readonly List<MeasuredNetwork> networks = [];

    private MeasuredNetworks()
    {
    }

    /// <param name="description">As it was trained, with batch norms.</param>
    public MeasuredNetwork this[NetworkDescription description] => networks.First(n => n.Description.Equals(description));

    /// <summary>Outputs are compared before anything is timed, and all networks are timed against each other in one run.</summary>
    /// <param name="report">Told how much of it is done, 0 to 1.</param>
    /// <exception cref="PruneException">The generated code of one computes something else.</exception>
    public static MeasuredNetworks Of(
        IReadOnlyList<NetworkDescription> descriptions, PruneJobData data, Action<double, string> report, CancellationToken cancel)
    {
        var measured = new MeasuredNetworks();
        try
        {
            measured.Test(descriptions, data, report, cancel);
            report(0.8, "timing the generated code, whole and layer by layer");
            measured.Time(cancel);
            return measured;
        }
        catch
        {
            measured.Dispose();
            throw;
        }
    }

    public void Dispose() => networks.ForEach(n => n.Engine.Dispose());

    private void Test(IReadOnlyList<NetworkDescription> descriptions, PruneJobData data, Action<double, string> report, CancellationToken cancel)
    {
        using var test = new NetworkTest(data, cancel);
        for (var i = 0; i < descriptions.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            if (networks.Exists(n => n.Description.Equals(descriptions[i])))
            {
                continue;
            }

            var of = string.Create(CultureInfo.InvariantCulture, $"{i + 1} of {descriptions.Count}");
            report(0.8 * i / descriptions.Count, $"network {of}: compiling the generated code, comparing it with TorchSharp on every test image");
            var engine = NetworkEngine.Load(descriptions[i]);
            networks.Add(new MeasuredNetwork(descriptions[i], engine, test.Run(engine, descriptions[i])));
        }
    }

    private void Time(CancellationToken cancel)
    {
        var times = EngineTimer.Measure([.. networks.Select(n => n.Engine)], cancel);
        for (var i = 0; i < networks.Count; i++)
        {
            networks[i] = networks[i] with { Times = times[i] };
        }
    }
}

/// <summary>One network and what was found out about it.</summary>
/// <param name="Description">As it was trained, with batch norms.</param>
internal sealed record MeasuredNetwork(NetworkDescription Description, NetworkEngine Engine, TestOutcome Test)
{
    public EngineTimes Times { get; init; } = new(0, new Dictionary<string, double>());
}
