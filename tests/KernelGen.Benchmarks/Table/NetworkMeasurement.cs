using System.Diagnostics;
using KernelGen.Benchmarks.Machine;
using KernelGen.Benchmarks.Networks;
using KernelGen.Benchmarks.Rivals;
using KernelGen.Compiler.Passes;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks.Table;

/// <summary>Outputs differ: there is nothing to time.</summary>
internal sealed class DifferentOutputsException(string message) : Exception(message);

/// <summary>One network with everything it is compared with, loaded, compared and then timed.</summary>
internal sealed class NetworkMeasurement(MachineLimits machine) : IDisposable
{
    private const int Seed = 1;

    /// <summary>
    /// ONNX Runtime's logistic function has an absolute error of some 1e-7. Against a rival, a tensor that is close to zero everywhere is held
    /// to an absolute difference therefore, of 1e-6; against the interpreter there is no such allowance.
    /// </summary>
    private const double LeastMagnitude = 1e-6 / OutputComparison.DefaultTolerance;

    // The dense network of a family is compiled once for all of its pruned ones.
    private CompiledNetwork? dense;

    /// <exception cref="DifferentOutputsException">Ours or a rival's differ by more than the tolerance.</exception>
    public TableRow Measure(BenchmarkNetwork network)
    {
        var description = network.Description;
        var inputs = NetworkVerifier.RandomSamples(description, Seed, 1)[0];
        using var ours = CompiledNetwork.Load(description);
        var first = Stopwatch.StartNew();
        var outputs = ours.Run(inputs);
        var milliseconds = first.Elapsed.TotalMilliseconds;

        using var rivals = new Rivals(network, inputs);
        var differences = new List<double> { Checked(network.Name, "the interpreter", NetworkVerifier.Verify(ours, [inputs]).RelativeDifference) };
        differences.AddRange(rivals.Outputs.Select(r => Checked(network.Name, r.Name, Difference(description, r.Outputs, outputs))));

        List<TimedInference> timed = [MultiplyAddPeak.Timed, TimedInference.Of("ours", ours, inputs), .. rivals.Timed];
        var unpruned = network.Pruned is { } pruned ? Dense(pruned.Dense) : null;
        if (unpruned is not null)
        {
            timed.Add(TimedInference.Of("ours, dense", unpruned, inputs));
        }

        var times = timed.Zip(Timing.Minima(Timing.Network, timed)).ToDictionary(t => t.First.Name, t => t.Second);
        var form = rivals.Forms.MinBy(f => times[f.Name])!.Name;
        var plan = ours.Source.Plan;
        var operations = 2.0 * plan.Layers.Sum(l => l.MacsLeft);
        var limit = Roofline.Microseconds(
            PassPipeline.Run(NetworkGraph.Create(description)), plan, machine, MultiplyAddPeak.Gflops(times[MultiplyAddPeak.Timed.Name]));
        return new TableRow(
            network.Name,
            network.Pruned?.Granularity,
            differences.Max(),
            times["ours"],
            times[form],
            form,
            rivals.OnAllThreads(form),
            times.TryGetValue(Rivals.Torch, out var torch) ? torch : null,
            operations / times["ours"] / 1000,
            limit / times["ours"],
            unpruned is null ? null : new PrunedRatio(
                times["ours, dense"] / times["ours"], 2 * unpruned.Source.Plan.Layers.Sum(l => l.MacsLeft) / operations),
            milliseconds,
            ours.AssemblyBytes / 1024.0,
            plan.WorkspaceBytes / 1024.0);
    }

    public void Dispose() => dense?.Dispose();

    private static double Difference(NetworkDescription description, float[][] reference, float[][] actual) =>
        description.Outputs
            .Select((o, k) => OutputComparison.Compare(o, reference[k], actual[k]))
            .Max(c => c.MaxDifference / Math.Max(LeastMagnitude, c.MaxReference));

    private static double Checked(string network, string other, double difference) =>
        difference <= OutputComparison.DefaultTolerance
            ? difference
            : throw new DifferentOutputsException(FormattableString.Invariant($"{network}: the outputs differ from those of {other} by {difference:0.0e+0}."));

    private CompiledNetwork Dense(NetworkDescription description)
    {
        if (dense is not null && ReferenceEquals(dense.Description, description))
        {
            return dense;
        }

        dense?.Dispose();
        dense = CompiledNetwork.Load(description);
        return dense;
    }

    /// <summary>ONNX Runtime with each form of the model, and TorchSharp.</summary>
    private sealed class Rivals : IDisposable
    {
        public const string Torch = "TorchSharp";

        private readonly float[][] inputs;
        private readonly Dictionary<string, (OnnxModel Model, OnnxRuntimeNetwork Network)> forms = [];
        private readonly TorchNetwork? torch;

        public Rivals(BenchmarkNetwork network, float[][] inputs)
        {
            this.inputs = inputs;
            Add("export", OnnxModel.Of(network.Description));
            if (network.Original is { } original)
            {
                Add("file", original);
            }

            torch = inputs.Length == 1 ? TorchNetwork.Create(network.Description, inputs[0]) : null;
        }

        /// <summary>ONNX Runtime only.</summary>
        public IEnumerable<TimedInference> Forms => forms.Select(f => new TimedInference(f.Key, f.Value.Network.Run));

        public IEnumerable<TimedInference> Timed => torch is null ? Forms : Forms.Append(new(Torch, torch.Run));

        public IEnumerable<(string Name, float[][] Outputs)> Outputs =>
            forms.Select(f => ($"ONNX Runtime ({f.Key})", f.Value.Network.Outputs)).Concat(torch is null ? [] : [(Torch, torch.Compute())]);

        /// <summary>Microseconds with ONNX Runtime's own number of threads: apart from the others, which its waiting threads would disturb.</summary>
        public double OnAllThreads(string form)
        {
            using var network = new OnnxRuntimeNetwork(forms[form].Model, inputs, OnnxRuntimeNetwork.DefaultThreads);
            return Timing.Minima(Timing.Network with { OnOneCore = false }, new TimedInference(form, network.Run))[0];
        }

        public void Dispose()
        {
            torch?.Dispose();
            foreach (var (_, network) in forms.Values)
            {
                network.Dispose();
            }
        }

        private void Add(string name, OnnxModel model) => forms.Add(name, (model, new OnnxRuntimeNetwork(model, inputs)));
    }
}
