using System.CommandLine;
using KernelGen.Benchmarks.Machine;
using KernelGen.Benchmarks.Rivals;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks.Layers;

/// <summary>Single sparse layers: ours against the usual ways to run them.</summary>
internal static class SparseCommand
{
    private const int Seed = 1;

    public static Command Create() => CommonOptions.OverLayers(
        "sparse",
        "Single 3×3 convolutions with a third of their weights, maps in CHW in and out: ours, ours of the dense layer, im2col and a product with "
        + "compressed sparse rows, im2col and a dense product, ONNX Runtime. Outputs are compared first: exit code 1 if any differs.",
        Layers,
        Run);

    private static IEnumerable<LayerCase> Layers(bool quick)
    {
        (int Maps, int Size)[] shapes = quick ? [(16, 32), (64, 16)] : [(16, 32), (32, 16), (64, 16), (83, 16), (128, 16), (64, 8), (128, 8), (166, 8)];
        return
            from shape in shapes
            from sparsity in new[] { LayerSparsity.Strided, LayerSparsity.Kernels, LayerSparsity.Weights }
            select new LayerCase(3, shape.Maps, shape.Size, 1, sparsity);
    }

    private static int Run(IReadOnlyList<LayerCase> layers, string? json)
    {
        var rows = new List<SparseRow>();
        Console.WriteLine(SparseRow.Header);
        foreach (var layer in layers)
        {
            rows.Add(Measure(layer));
            Console.WriteLine(rows[^1]);
        }

        Results.Write(json, rows);
        Console.WriteLine("Least times in µs of one interleaved run on one core, one thread each. ×: that time over ours.");
        Console.WriteLine("CSR: own vectorised product, pixels in registers. Product: libtorch's addmm. Both with own im2col, bias and ReLU. ORT: the weights that are gone are zeros.");
        var wrong = rows.Where(r => !(r.Difference <= OutputComparison.DefaultTolerance)).ToList();
        wrong.ForEach(r => Console.Error.WriteLine(FormattableString.Invariant($"{r.Layer}: outputs differ by {r.Difference:0.0e+0}.")));
        return wrong.Count == 0 ? 0 : 1;
    }

    private static SparseRow Measure(LayerCase layer)
    {
        var description = layer.Describe();
        var dense = (layer with { Sparsity = LayerSparsity.Dense }).Describe();
        var inputs = NetworkVerifier.RandomSamples(description, Seed, 1)[0];
        var image = inputs[0];
        var conv = (Conv)description.Layers[0].Operator;
        using var ours = CompiledNetwork.Load(description);
        using var oursDense = CompiledNetwork.Load(dense);
        using var onnxRuntime = new OnnxRuntimeNetwork(description, inputs);
        using var product = new ProductConvolution(conv, description.Inputs[0].Shape);
        var rows = new CsrConvolution(conv, description.Inputs[0].Shape);

        rows.Run(image);
        var reference = Interpreter.Run(NetworkGraph.Create(description), inputs)[0];
        float[][] results = [ours.Run(inputs)[0], rows.Result(), product.Compute(image), onnxRuntime.Outputs[0]];
        var difference = results.Max(r => OutputComparison.Compare(layer.Name, reference, r).RelativeDifference);

        var times = Timing.Minima(
            Timing.Layer,
            TimedInference.Of("ours", ours, inputs),
            TimedInference.Of("ours, dense", oursDense, inputs),
            new("CSR", () => rows.Run(image)),
            new("product", () => product.Run(image)),
            new("ONNX Runtime", onnxRuntime.Run));
        return new SparseRow(layer.Name, difference, times[0], times[1], times[2], times[3], times[4]);
    }
}

/// <summary>Times of one sparse layer in microseconds.</summary>
internal sealed record SparseRow(string Layer, double Difference, double Ours, double OursDense, double Csr, double Product, double OnnxRuntime)
{
    internal static string Header { get; } =
        $"{"layer",-30} {"ours",9} {"ours dense",10} {"×",5} {"im2col CSR",10} {"×",5} {"im2col product",14} {"×",5} {"ORT",9} {"×",5}";

    public override string ToString() => FormattableString.Invariant(
        $"{Layer,-30} {Ours,9:0.00} {OursDense,10:0.00} {OursDense / Ours,5:0.00} {Csr,10:0.00} {Csr / Ours,5:0.00} {Product,14:0.00} {Product / Ours,5:0.00} {OnnxRuntime,9:0.00} {OnnxRuntime / Ours,5:0.00}");
}
