using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using KernelGen.Compiler;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Machine;

/// <summary>
/// The most multiply-adds that one core gives at the widest vectors it has: twelve independent sums that never leave the registers,
/// more than the latency of one times what is issued in a cycle on every processor of today.
/// </summary>
internal static class MultiplyAddPeak
{
    private const int Sums = 12;
    private const int Rounds = 1_000;

    // Read by no one: keeps the sums alive.
    private static float sink;

    /// <summary>Floating-point operations of one <see cref="Run"/>, two per multiply-add.</summary>
    public static double Operations { get; } = 2.0 * Sums * Rounds * Lanes;

    /// <summary>The kernel as something to time beside other things: about 20 µs.</summary>
    public static TimedInference Timed { get; } = new("multiply-add peak", Run);

    private static int Lanes => HostTarget.Name switch
    {
        TargetNames.Vector512 => Vector512<float>.Count,
        TargetNames.Vector256 => Vector256<float>.Count,
        _ => Vector128<float>.Count,
    };

    private static void Run() => sink = HostTarget.Name switch
    {
        TargetNames.Vector512 => Run512(Rounds, 0.999f),
        TargetNames.Vector256 => Run256(Rounds, 0.999f),
        _ => Run128(Rounds, 0.999f),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run512(int rounds, float factor)
    {
        var (w, x) = (Vector512.Create(factor), Vector512.Create(1 - factor));
        Vector512<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var round = 0; round < rounds; round++)
        {
            a = Vector512.MultiplyAddEstimate(a, w, x);
            b = Vector512.MultiplyAddEstimate(b, w, x);
            c = Vector512.MultiplyAddEstimate(c, w, x);
            d = Vector512.MultiplyAddEstimate(d, w, x);
            e = Vector512.MultiplyAddEstimate(e, w, x);
            f = Vector512.MultiplyAddEstimate(f, w, x);
            g = Vector512.MultiplyAddEstimate(g, w, x);
            h = Vector512.MultiplyAddEstimate(h, w, x);
            i = Vector512.MultiplyAddEstimate(i, w, x);
            j = Vector512.MultiplyAddEstimate(j, w, x);
            k = Vector512.MultiplyAddEstimate(k, w, x);
            l = Vector512.MultiplyAddEstimate(l, w, x);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run256(int rounds, float factor)
    {
        var (w, x) = (Vector256.Create(factor), Vector256.Create(1 - factor));
        Vector256<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var round = 0; round < rounds; round++)
        {
            a = Vector256.MultiplyAddEstimate(a, w, x);
            b = Vector256.MultiplyAddEstimate(b, w, x);
            c = Vector256.MultiplyAddEstimate(c, w, x);
            d = Vector256.MultiplyAddEstimate(d, w, x);
            e = Vector256.MultiplyAddEstimate(e, w, x);
            f = Vector256.MultiplyAddEstimate(f, w, x);
            g = Vector256.MultiplyAddEstimate(g, w, x);
            h = Vector256.MultiplyAddEstimate(h, w, x);
            i = Vector256.MultiplyAddEstimate(i, w, x);
            j = Vector256.MultiplyAddEstimate(j, w, x);
            k = Vector256.MultiplyAddEstimate(k, w, x);
            l = Vector256.MultiplyAddEstimate(l, w, x);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run128(int rounds, float factor)
    {
        var (w, x) = (Vector128.Create(factor), Vector128.Create(1 - factor));
        Vector128<float> a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var round = 0; round < rounds; round++)
        {
            a = Vector128.MultiplyAddEstimate(a, w, x);
            b = Vector128.MultiplyAddEstimate(b, w, x);
            c = Vector128.MultiplyAddEstimate(c, w, x);
            d = Vector128.MultiplyAddEstimate(d, w, x);
            e = Vector128.MultiplyAddEstimate(e, w, x);
            f = Vector128.MultiplyAddEstimate(f, w, x);
            g = Vector128.MultiplyAddEstimate(g, w, x);
            h = Vector128.MultiplyAddEstimate(h, w, x);
            i = Vector128.MultiplyAddEstimate(i, w, x);
            j = Vector128.MultiplyAddEstimate(j, w, x);
            k = Vector128.MultiplyAddEstimate(k, w, x);
            l = Vector128.MultiplyAddEstimate(l, w, x);
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
