using KernelGen.Compiler.Scheduling;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// The text of a tile of sums in registers: <c>a{p}_{v}</c> for pixel p and vector v of output maps, from weights at <c>w</c> and
/// inputs at <c>q</c>.
/// </summary>
internal static class RegisterTile
{
    /// <summary>Declares the sums as what the table <c>weights</c> begins with.</summary>
    /// <param name="weight">Floats from the first vector of weights to another.</param>
    public static void Start(SourceWriter body, LoopTile tile, Func<int, int> weight) =>
        Each(tile, (p, v) => body.Line($"var a{p}_{v} = L{tile.TargetOf(v).Suffix}(ref weights, {weight(v)});"));

    /// <summary>
    /// One multiply-add per sum. Registers hold the vectors of weights or the pixels' inputs, whichever are fewer; the others come one by one.
    /// </summary>
    /// <param name="input">Floats from the first pixel's input to another's.</param>
    /// <param name="weight">Floats from the first vector of weights to another.</param>
    public static void MultiplyAdd(SourceWriter body, LoopTile tile, Func<int, int> input, Func<int, int> weight)
    {
        var weights = Enumerable.Range(0, tile.Vectors).Select(v => $"var w{v} = L{tile.TargetOf(v).Suffix}(ref w, {weight(v)});").ToList();
        var inputs = Enumerable.Range(0, tile.Pixels).Select(p => $"var x{p} = B{tile.Target.Suffix}(ref q, {input(p)});").ToList();
        var holdsWeights = tile.Vectors <= tile.Pixels;
        var (held, passing) = holdsWeights ? (weights, inputs) : (inputs, weights);
        held.ForEach(h => body.Line(h));
        for (var i = 0; i < passing.Count; i++)
        {
            body.Line(passing[i]);
            for (var j = 0; j < held.Count; j++)
            {
                var (p, v) = holdsWeights ? (i, j) : (j, i);
                var target = tile.TargetOf(v);
                body.Line($"a{p}_{v} = F{target.Suffix}(x{p}{(target == tile.Target ? string.Empty : ".GetLower()")}, w{v}, a{p}_{v});");
            }
        }
    }

    public static void Each(LoopTile tile, Action<int, int> action)
    {
        for (var p = 0; p < tile.Pixels; p++)
        {
            for (var v = 0; v < tile.Vectors; v++)
            {
                action(p, v);
            }
        }
    }
}
