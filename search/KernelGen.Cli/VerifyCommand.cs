using System.CommandLine;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Data;
using static System.FormattableString;

namespace KernelGen.Cli;

/// <summary>Generated code against the reference interpreter.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "verify",
            "Runs a model's generated code and the reference interpreter on the same inputs and compares; or both on stored inputs, compared with stored outputs. Exit code 1 above the tolerance.",
            ("On 10 random inputs", "kernelgen verify lenet.kgn"),
            ("Which layer differs most, on test images", "kernelgen verify lenet.kgn --layers --data fashion-mnist-subset"),
            ("An ONNX model in every width against what another runtime gave", "kernelgen verify mnist-8.onnx --vectors mnist-8/test_data_set_0 --targets 512,256,128,scalar"),
            ("The AVX2 code, strictly", "kernelgen verify lenet.kgn --targets 256 --tolerance 1e-6"));
        var model = new ModelArgument(command);
        var layers = new Option<bool>("--layers") { Description = "Compare the result of every layer; each is then an output, so none is fused." };
        var samples = NumberOption.Create("--samples", "How many inputs.", 10, least: 1);
        var seed = NumberOption.Create("--seed", "Seed of the random inputs.", 1);
        var tolerance = NumberOption.Create(
            "--tolerance", "Largest |difference| over largest |reference| of a tensor.", OutputComparison.DefaultTolerance, least: 0);
        var data = ImageInput.DataOption("Use test images instead of random inputs.");
        var preprocess = ImageInput.PreprocessOption("what the model says; for --data only");
        var vectors = new Option<string?>("--vectors")
        {
            Description = "A folder with stored inputs and outputs: input_0.pb, output_0.pb, … or the same as .npy, also with the model's name in front (MODEL.input.npy). The interpreter and each of --targets are compared with them.",
            HelpName = "DIR",
        };
        var absolute = NumberOption.Create(
            "--absolute", "With --vectors: a largest |difference| that is enough however small the reference, for other runtimes compute sigmoids and the like to about so much.", 1e-6, least: 0);
        var json = JsonOption.Create();
        foreach (var option in new Option[] { layers, samples, seed, tolerance, data, preprocess, vectors, absolute, json })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            Option[] ignored = result.GetResult(vectors) is { Implicit: false } ? [layers, samples, seed, data, preprocess] : [absolute];
            if (ignored.FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } option)
            {
                result.AddError(option == absolute ? "--absolute is for --vectors." : $"{option.Name} and --vectors exclude each other: stored inputs are run as they are.");
            }
        });
        var code = new CodeOptions(command, "the one that this machine uses");
        command.SetAction(parsed =>
        {
            var path = model.Path(parsed);
            var description = model.Read(parsed);
            var options = code.Read(parsed, [HostTarget.Name]);
            var limit = parsed.GetValue(tolerance);
            if (parsed.GetValue(vectors) is { } folder)
            {
                var sets = VectorFiles.Read(folder, path, description);
                return VectorVerification.Run(path, description, sets, options, limit, parsed.GetValue(absolute), parsed.GetValue(json)) ? ExitCodes.Ok : ExitCodes.CheckFailed;
            }

            var inputs = parsed.GetValue(data) is { } name
                ? Images(description, name, parsed.GetValue(samples), path, parsed.GetValue(preprocess))
                : NetworkVerifier.RandomSamples(description, parsed.GetValue(seed), parsed.GetValue(samples));
            var report = parsed.GetValue(layers)
                ? NetworkVerifier.VerifyLayers(description, inputs, options)
                : NetworkVerifier.Verify(description, inputs, options);
            Show(path, report, limit, parsed.GetValue(json));
            return report.IsWithin(limit) ? ExitCodes.Ok : ExitCodes.CheckFailed;
        });
        return command;
    }

    private static List<float[][]> Images(NetworkDescription description, string name, int count, string model, string? preprocess)
    {
        var images = Datasets.Load(name).Test;
        var input = new ImageInput(description, images, model, preprocess);
        return [.. Enumerable.Range(0, Math.Min(count, images.Count)).Select(Sample)];

        float[][] Sample(int image)
        {
            var values = new float[images.Shape.Length];
            input.Fill(image, values);
            return [values];
        }
    }

    private static void Show(string path, VerificationReport report, double tolerance, bool json)
    {
        if (json)
        {
            Output.Json(new Result(
                path, report.Target, report.Samples, tolerance, report.IsWithin(tolerance), report.RelativeDifference,
                report.Tensors.Max(t => t.Ulps.Max), [.. report.Tensors.Select(t => TensorResult.Of(t, tolerance))]));
            return;
        }

        Output.Table(
            ["tensor", "elements", "max |difference|", "max |reference|", "relative", "ULP median", "ULP 99%", "ULP max", "within"],
            report.Tensors.Select(t => new[]
            {
                t.Name, Invariant($"{t.Length:N0}"), Invariant($"{t.MaxDifference:0.00e+0}"), Invariant($"{t.MaxReference:0.00e+0}"), Invariant($"{t.RelativeDifference:0.00e+0}"),
                Invariant($"{t.Ulps.Median:N0}"), Invariant($"{t.Ulps.Percentile99:N0}"), Invariant($"{t.Ulps.Max:N0}"), t.IsWithin(tolerance) ? "yes" : "NO",
            }));
        var verdict = report.IsWithin(tolerance) ? "within" : "ABOVE";
        Output.Line($"{report.Samples} inputs, target {report.Target}: largest relative difference {report.RelativeDifference:0.00e+0}, {verdict} the tolerance {tolerance:0.##e+0}.");
    }

    private sealed record Result(
        string Model,
        string Target,
        int Samples,
        double Tolerance,
        bool Ok,
        double RelativeDifference,
        long MaxUlp,
        IReadOnlyList<TensorResult> Tensors);

    private sealed record TensorResult(
        string Name,
        int Elements,
        double MaxDifference,
        double MaxReference,
        double RelativeDifference,
        long UlpMedian,
        long UlpPercentile99,
        long UlpMax,
        bool Ok)
    {
        public static TensorResult Of(TensorComparison t, double tolerance) => new(
            t.Name, t.Length, t.MaxDifference, t.MaxReference, t.RelativeDifference,
            t.Ulps.Median, t.Ulps.Percentile99, t.Ulps.Max, t.IsWithin(tolerance));
    }
}
