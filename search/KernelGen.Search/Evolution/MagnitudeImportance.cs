using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>
/// Importance as the size of the weights (Li et al., 2017; Han et al., 2015): the squared norm of a weight or kernel, and of all that
/// computes a unit, each relative to the mean of its layer, so that layers of different scale compare. A unit of several
/// coupled maps counts by the mean over them.
/// </summary>
internal static class MagnitudeImportance
{
    public static Importance Of(PruningSpace space)
    {
        var operators = space.Graph.Nodes.ToDictionary(n => n.Name, n => n.Operator);
        double[][] units = [.. space.Channels.Groups.Select(g => new double[g.Units])];
        int[][] maps = [.. space.Channels.Groups.Select(g => new int[g.Units])];
        var taps = new double[space.Convs.Count][];
        for (var c = 0; c < space.Convs.Count; c++)
        {
            var site = space.Convs[c];
            var conv = (Conv)operators[site.Layer];
            var squares = Squares(conv.Weights.ToDense(site.Targets.Count, site.Sources.Count, site.Groups, site.Area));
            var perTarget = site.SourcesPerGroup * site.Area;
            taps[c] = new double[site.Weights];
            for (var k = 0; k < squares.Length; k++)
            {
                taps[c][site.TapIndex(k / perTarget, k % perTarget)] = squares[k];
            }

            AddUnits(squares, site.Targets, units, maps);
        }

        foreach (var site in space.Denses)
        {
            AddUnits(Squares(((Dense)operators[site.Layer]).Weights.Span), site.Targets, units, maps);
        }

        return new Importance(
            [.. units.Select((g, i) => g.Select((sum, u) => maps[i][u] == 0 ? 1 : sum / maps[i][u]).ToArray())],
            [.. taps.Select((t, c) => Importance.SumPerKernel(t, space.Convs[c].Area))],
            taps);
    }

    /// <summary>Squares with a mean of 1.</summary>
    private static double[] Squares(ReadOnlySpan<float> weights)
    {
        var squares = new double[weights.Length];
        for (var k = 0; k < squares.Length; k++)
        {
            squares[k] = (double)weights[k] * weights[k];
        }

        var mean = Math.Max(squares.Average(), 1e-30);
        return Array.ConvertAll(squares, s => s / mean);
    }

    private static void AddUnits(double[] squares, IReadOnlyList<UnitRef> targets, double[][] units, int[][] maps)
    {
        var perTarget = squares.Length / targets.Count;
        for (var target = 0; target < targets.Count; target++)
        {
            if (!targets[target].IsFixed)
            {
                var (group, unit) = targets[target];
                units[group][unit] += squares.AsSpan(target * perTarget, perTarget).ToArray().Average();
                maps[group][unit]++;
            }
        }
    }
}
