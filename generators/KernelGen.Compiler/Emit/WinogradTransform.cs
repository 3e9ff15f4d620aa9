using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Winograd's minimal filtering F(m, 3): m outputs of a filter of three taps from m + 2 products. Written along one axis; both axes
/// of a tile give F(m×m, 3×3). (S. Winograd, "Arithmetic Complexity of Computations", 1980; A. Lavin and S. Gray, "Fast Algorithms
/// for Convolutional Neural Networks", 2015.) The polynomials are evaluated at 0, ±1 and infinity, for m = 4 also at ±3/2: that loses
/// less precision than Lavin and Gray's ±2, and every factor is still a short binary number.
/// </summary>
/// <param name="size">m: 2 or 4.</param>
internal sealed class WinogradTransform(int size)
{
    private const float Point = 1.5f;

    /// <summary>The rows of Bᵀ two by two, so that no two pairs have an operation in common: a pair of rows of a tile fits the registers.</summary>
    public (int First, int Second)[] InputPairs { get; } = size == 4 ? [(0, 5), (1, 2), (3, 4)] : [(0, 3), (1, 2)];

    /// <summary>The rows of Aᵀ in sets that have no operation in common.</summary>
    public int[][] OutputSets { get; } = size == 4 ? [[0, 2], [1, 3]] : [[0, 1]];

    /// <summary>
    /// The product that all outputs take as it is, the one at point 1: what is added to it along both axes is added to every output.
    /// </summary>
    public int BiasPoint => size + 2 + 1;

    /// <summary>Declares the factors that the transforms' statements name.</summary>
    public void DeclareFactors(SourceWriter body, Target target)
    {
        if (size == 4)
        {
            body.Line($"var k1 = {target.Constant(Point)};");
            body.Line($"var k2 = {target.Constant(Point * Point)};");
            body.Line($"var k3 = {target.Constant(Point * Point * Point)};");
            body.Line($"var n1 = {target.Constant(-Point)};");
            body.Line($"var n2 = {target.Constant(-Point * Point)};");
            body.Line($"var n3 = {target.Constant(-1 - (Point * Point))};");
        }
    }

    /// <summary>Writes what a pair of rows of Bᵀ·d needs.</summary>
    /// <param name="d">C# expressions of the m + 2 inputs; each is used once.</param>
    /// <param name="name">Ends the names of the variables.</param>
    /// <returns>C# expressions of the two rows.</returns>
    public (string First, string Second) Input(SourceWriter body, Target target, int pair, Func<int, string> d, string name)
    {
        var f = "F" + target.Suffix;
        if (size == 2 && pair == 0)
        {
            return ($"{d(0)} - {d(2)}", $"{d(3)} - {d(1)}");
        }

        if (size == 4 && pair == 0)
        {
            return ($"{f}({d(0)}, k2, {f}({d(2)}, n3, {d(4)}))", $"{f}({d(1)}, k2, {f}({d(3)}, n3, {d(5)}))");
        }

        var (even, odd) = (size, pair) switch
        {
            (2, _) => (d(2), d(1)),
            (_, 1) => ($"{f}({d(2)}, n2, {d(4)})", $"{f}({d(1)}, n2, {d(3)})"),
            _ => ($"{d(4)} - {d(2)}", $"{d(3)} - {d(1)}"),
        };
        body.Line($"var even{name} = {even};");
        body.Line($"var odd{name} = {odd};");
        return pair == 1
            ? ($"even{name} + odd{name}", $"even{name} - odd{name}")
            : ($"{f}(odd{name}, k1, even{name})", $"{f}(odd{name}, n1, even{name})");
    }

    /// <summary>Writes what a set of rows of Aᵀ·p needs.</summary>
    /// <param name="p">C# expressions of the m + 2 products; each is used once.</param>
    /// <param name="name">Ends the names of the variables.</param>
    /// <returns>C# expressions of the rows.</returns>
    public string[] Output(SourceWriter body, Target target, int set, Func<int, string> p, string name)
    {
        var f = "F" + target.Suffix;
        if (size == 2)
        {
            body.Line($"var plus{name} = {p(1)};");
            body.Line($"var minus{name} = {p(2)};");
            return [$"{p(0)} + plus{name} + minus{name}", $"plus{name} - minus{name} + {p(3)}"];
        }

        var sign = set == 0 ? "+" : "-";
        body.Line($"var one{name} = {p(1)} {sign} {p(2)};");
        body.Line($"var two{name} = {p(3)} {sign} {p(4)};");
        return set == 0
            ? [$"{p(0)} + one{name} + two{name}", $"{f}(two{name}, k2, one{name})"]
            : [$"{f}(two{name}, k1, one{name})", $"{f}(two{name}, k3, one{name} + {p(5)})"];
    }

    /// <summary>G·g·Gᵀ of a 3×3 kernel.</summary>
    public double[] Filter(double[] kernel)
    {
        var points = size + 2;
        var rows = new double[points * 3];
        var result = new double[points * points];
        for (var column = 0; column < 3; column++)
        {
            var line = Filter(kernel[column], kernel[3 + column], kernel[6 + column]);
            for (var row = 0; row < points; row++)
            {
                rows[(row * 3) + column] = line[row];
            }
        }

        for (var row = 0; row < points; row++)
        {
            Filter(rows[row * 3], rows[(row * 3) + 1], rows[(row * 3) + 2]).CopyTo(result, row * points);
        }

        return result;
    }

    /// <summary>The filter's polynomial at every point, over the product of the point's distances from the others.</summary>
    private double[] Filter(double a, double b, double c)
    {
        if (size == 2)
        {
            return [a, (a + b + c) * 0.5, (a - b + c) * 0.5, c];
        }

        const double square = (double)Point * Point;
        const double one = 0.5 / (1 - square);
        const double other = 0.5 / (square * (square - 1));
        return
        [
            a / square,
            (a + b + c) * one,
            (a - b + c) * one,
            (a + (b * Point) + (c * square)) * other,
            (a - (b * Point) + (c * square)) * other,
            c,
        ];
    }
}
