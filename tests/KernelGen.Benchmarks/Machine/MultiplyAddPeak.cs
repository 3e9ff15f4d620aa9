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

    /// <summary>The kernel as something to time beside other things: about 20 µs.</summary>
    public static TimedInference Timed { get; } = new("multiply-add peak", Run);

    /// <summary>10⁹ operations per second, two per multiply-add.</summary>
    /// <param name="microseconds">Of one run of <see cref="Timed"/>.</param>
    public static double Gflops(double microseconds) => 2.0 * Sums * Rounds * Lanes / microseconds / 1000;

    private static int Lanes => HostTarget.Name switch
    {
        TargetNames.Vector512 => Simd512.Lanes,
        TargetNames.Vector256 => Simd256.Lanes,
        _ => Simd128.Lanes,
    };

    private static void Run() => sink = HostTarget.Name switch
    {
        TargetNames.Vector512 => Run<Vector512<float>, Simd512>(0.999f),
        TargetNames.Vector256 => Run<Vector256<float>, Simd256>(0.999f),
        _ => Run<Vector128<float>, Simd128>(0.999f),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Run<TVector, TSimd>(float factor)
        where TVector : struct
        where TSimd : ISimd<TVector>
    {
        var (w, x) = (TSimd.Create(factor), TSimd.Create(1 - factor));
        TVector a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (var round = 0; round < Rounds; round++)
        {
            a = TSimd.MultiplyAdd(a, w, x);
            b = TSimd.MultiplyAdd(b, w, x);
            c = TSimd.MultiplyAdd(c, w, x);
            d = TSimd.MultiplyAdd(d, w, x);
            e = TSimd.MultiplyAdd(e, w, x);
            f = TSimd.MultiplyAdd(f, w, x);
            g = TSimd.MultiplyAdd(g, w, x);
            h = TSimd.MultiplyAdd(h, w, x);
            i = TSimd.MultiplyAdd(i, w, x);
            j = TSimd.MultiplyAdd(j, w, x);
            k = TSimd.MultiplyAdd(k, w, x);
            l = TSimd.MultiplyAdd(l, w, x);
        }

        var sum = TSimd.Add(TSimd.Add(TSimd.Add(a, b), TSimd.Add(c, d)), TSimd.Add(TSimd.Add(e, f), TSimd.Add(g, h)));
        return TSimd.Sum(TSimd.Add(sum, TSimd.Add(TSimd.Add(i, j), TSimd.Add(k, l))));
    }
}
