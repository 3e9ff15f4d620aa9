using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>The paper's own graph: one layer's time against its pruning ratio.</summary>
internal static class LoweredSection
{
    public const string Command = "dotnet run -c Release --project tests/KernelGen.Benchmarks -- lowered --json search/study/" + StudyResults.LoweredFile;

    public static void Write(Markdown md, IReadOnlyList<LoweredTime> times, List<(string Name, string Svg)> pictures)
    {
        md.Heading(2, "One lowered layer, the paper's own graph");
        if (times.Count == 0)
        {
            md.Paragraph($"Not measured yet: `{Command}`.");
            return;
        }

        md.Paragraph(
            "The time of one convolution with bias and ReLU, maps in CHW in and out, against the share of its weights that is gone. The rivals lower the input (im2col), only those rows that some weight multiplies: "
            + "*CSR* then multiplies by compressed sparse rows (our own vectorised C#, the sums of 64 pixels in registers), *product* by the dense matrix that is left (libtorch's addmm). "
            + "Strided taps shrink both matrices, single kernels and weights hardly any, so there a dense product gains nothing. *Ours* is the generated code, *ours dense* that of the dense layer, by the schedule that the compiler takes for it. "
            + "Least times of one interleaved run on one core, in µs; the outputs were compared with the reference interpreter before.");
        foreach (var layer in times.GroupBy(t => t.Layer))
        {
            md.Heading(3, layer.Key);
            foreach (var sparsity in layer.GroupBy(t => t.Sparsity))
            {
                var name = $"lowered-{StudyDocument.FileName(layer.Key)}-{sparsity.Key}.svg";
                pictures.Add((name, StudyCharts.Lowered($"{layer.Key}, {Words(sparsity.Key)}", [.. sparsity])));
                md.Picture($"Time of {layer.Key} against the share of weights that is gone, {Words(sparsity.Key)}", $"{StudyResults.Folder}/{name}");
            }

            md.Table(
                ["removed", "gone", "CSR", "product", "ours", "ours dense", "CSR / ours", "product / ours"],
                layer.Select(t => new[]
                {
                    Words(t.Sparsity), Numbers.Fixed(t.Pruned, 1) + "%", Numbers.Fixed(t.Csr, 1), Numbers.Fixed(t.Product, 1), Numbers.Fixed(t.Ours, 1), Numbers.Fixed(t.OursDense, 1),
                    Numbers.Fixed(t.Csr / t.Ours, 1), Numbers.Fixed(t.Product / t.Ours, 1),
                }));
        }

        md.Paragraph($"`{Command}`");
    }

    private static string Words(string sparsity) => sparsity switch
    {
        "strided" => "strided taps",
        "kernels" => "random kernels",
        _ => "random weights",
    };
}
