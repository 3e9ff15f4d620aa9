using System.CommandLine;
using KernelGen.Benchmarks.Machine;
using KernelGen.Benchmarks.Rivals;
using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Layers;

/// <summary>
/// The graph of Anwar, Hwang and Sung (2017), the time of one lowered layer against its pruning ratio, with generated code beside it.
/// </summary>
internal static class LoweredCommand
{
    private const int Seed = 1;

    public static Command Create()
    {
        var command = new Command(
            "lowered",
            "One layer at growing pruning ratios, maps in CHW in and out: im2col and a product with compressed sparse rows, im2col and a dense product "
            + "of the rows and columns that are left, our generated code, and our generated code of the dense layer. Outputs are compared first: exit code 1 if any differs.");
        var (quick, only, json) = (CommonOptions.Quick(), CommonOptions.Only("layers"), CommonOptions.Json());
        command.Options.Add(quick);
        command.Options.Add(only);
        command.Options.Add(json);
        command.SetAction(parsed => Run(
            [.. LoweredCase.All(parsed.GetValue(quick)).Where(c => CommonOptions.Matches(c.Name, parsed.GetRequiredValue(only)))], parsed.GetValue(json)));
        return command;
    }

    private static int Run(IReadOnlyList<LoweredCase> cases, string? json)
    {
        var rows = new List<LoweredRow>();
        Console.WriteLine(LoweredRow.Header);
        foreach (var @case in cases)
        {
            var row = Measure(@case);
            Console.WriteLine(row);
            if (!(row.Difference <= OutputComparison.DefaultTolerance))
            {
                Console.Error.WriteLine(FormattableString.Invariant($"{@case.Name}: outputs differ by {row.Difference:0.0e+0}; nothing is written."));
                return 1;
            }

            rows.Add(row);
        }

        Results.Write(json, rows);
        Console.WriteLine("Least times in µs of one interleaved run on one core, one thread each.");
        Console.WriteLine("CSR: own vectorised product, pixels in registers. Product: libtorch's addmm. Both with own im2col of the taps that are left, bias and ReLU.");
        return 0;
    }

    private static LoweredRow Measure(LoweredCase @case)
    {
        var description = @case.Describe();
        var conv = (Conv)description.Layers[0].Operator;
        var from = description.Inputs[0].Shape;
        var inputs = NetworkVerifier.RandomSamples(description, Seed, 1)[0];
        var image = inputs[0];
        using var ours = CompiledNetwork.Load(description);
        using var oursDense = CompiledNetwork.Load((@case with { Sparsity = LayerSparsity.Dense }).Describe());
        using var product = new ProductConvolution(conv, from, isReduced: true);
        var rows = new CsrConvolution(conv, from);

        Settle(() => rows.Run(image), () => product.Run(image));
        var reference = Interpreter.Run(NetworkGraph.Create(description), inputs)[0];
        float[][] results = [ours.Run(inputs)[0], rows.Result(), product.Compute(image)];
        var difference = results.Max(r => OutputComparison.Compare(@case.Name, reference, r).RelativeDifference);

        var times = Timing.Minima(
            Timing.Layer,
            new("CSR", () => rows.Run(image)),
            new("product", () => product.Run(image)),
            TimedInference.Of("ours", ours, inputs),
            TimedInference.Of("ours, dense", oursDense, inputs));
        var weights = conv.Weights.ToDense(conv.OutputMaps, from.Maps, 1, conv.Window.Area);
        return new LoweredRow(
            @case.Network,
            @case.Sparsity.ToString().ToLowerInvariant(),
            Math.Round(100.0 * weights.Count(w => w == 0) / weights.Length, 1),
            difference,
            Rounded(times[0]),
            Rounded(times[1]),
            Rounded(times[2]),
            Rounded(times[3]));

        static double Rounded(double microseconds) => Math.Round(microseconds, 3);
    }

    /// <summary>
    /// Calls the rivals with pauses, in which the JIT replaces what it compiled quickly at first: on a busy machine that takes longer
    /// than the timer's warm-up. Generated code is optimized from its first call.
    /// </summary>
    private static void Settle(params Action[] rivals)
    {
        for (var pause = 0; pause < 4; pause++)
        {
            for (var i = 0; i < 50; i++)
            {
                Array.ForEach(rivals, r => r());
            }

            Thread.Sleep(TimeSpan.FromMilliseconds(150));
        }
    }
}

/// <summary>Times of one layer in microseconds.</summary>
/// <param name="Sparsity"><c>weights</c>, <c>kernels</c> or <c>strided</c>.</param>
/// <param name="Pruned">Percent of the weights that are gone.</param>
/// <param name="Difference">Largest from the reference interpreter, relative to its largest output.</param>
/// <param name="Csr">im2col and a product with compressed sparse rows.</param>
/// <param name="Product">im2col and a dense product of what is left of the matrices.</param>
internal sealed record LoweredRow(string Layer, string Sparsity, double Pruned, double Difference, double Csr, double Product, double Ours, double OursDense)
{
    internal static string Header { get; } =
        $"{"layer",-22} {"sparsity",-8} {"pruned",6} {"im2col CSR",10} {"im2col product",14} {"ours",9} {"ours dense",10}";

    public override string ToString() => FormattableString.Invariant(
        $"{Layer,-22} {Sparsity,-8} {Pruned,5:0.0}% {Csr,10:0.00} {Product,14:0.00} {Ours,9:0.00} {OursDense,10:0.00}");
}
