namespace KernelGen.Benchmarks.Table;

/// <summary>What the rows say together, and what their columns mean.</summary>
internal static class TableSummary
{
    public static void Write(IReadOnlyList<TableRow> rows)
    {
        var dense = rows.Where(r => r.Granularity is null).ToList();
        if (dense.Count > 0)
        {
            var mean = Math.Exp(dense.Average(r => Math.Log(r.Speedup)));
            var slower = dense.Where(r => r.Speedup < 0.97).Select(r => r.Network).ToList();
            Line($"dense: {dense.Count} networks, geometric mean of ORT/ours {mean:0.00}; slower than ONNX Runtime (below 0.97): {(slower.Count == 0 ? "none" : string.Join(", ", slower))}; {dense.Count(r => r.Roofline >= 0.8)} of them at ≥ 80% of their limit");
        }

        foreach (var granularity in rows.Where(r => r.Granularity is not null).GroupBy(r => r.Granularity!))
        {
            var shares = granularity.Select(r => r.Pruned!.Share).Order().ToList();
            Line($"pruned, {granularity.Key}: dense/pruned time is {shares[0]:0.00} to {shares[^1]:0.00} of dense/pruned multiply-adds, median {shares[shares.Count / 2]:0.00}");
        }

        Console.WriteLine("""
            Times: the least of interleaved batches on one core; ORT all: ONNX Runtime's own number of threads, not pinned. form: which form of the model
            ONNX Runtime ran faster. GFLOP/s: on weights that are not zero. limit: share of the roofline (multiply-adds at the peak or each layer's bytes at
            the bandwidth of the cache they fit in, whichever is more, summed over the layers; Winograd can pass it). d/p: dense over pruned, and the share of the saving that became
            time. first: the first inference after loading, JIT included. asm: code for this machine's target only. differ: largest |difference| / largest |reference|
            against the interpreter and every rival.
            """);
    }

    private static void Line(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));
}
