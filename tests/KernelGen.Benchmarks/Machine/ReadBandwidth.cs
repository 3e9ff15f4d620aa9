using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using KernelGen.Compiler;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Machine;

/// <summary>How fast one core reads memory that it has read before: a sum over a buffer, in eight vectors at a time.</summary>
internal sealed class ReadBandwidth(long bytes)
{
    private const int Sums = 8;

    private readonly float[] buffer = GC.AllocateArray<float>((int)(bytes / sizeof(float)), pinned: true);
    private float sink;

    /// <summary>10⁹ bytes per second: the best of some passes on one core.</summary>
    public double Measure()
    {
        // Larger than what is called batch elsewhere: a pass over memory beyond the caches takes milliseconds.
        var times = Timing.Minima(Timing.Layer with { Rounds = 21 }, new TimedInference("read", Run));
        GC.KeepAlive(sink);
        return buffer.Length * sizeof(float) / times[0] / 1000;
    }

    private void Run() => sink = HostTarget.Name switch
    {
        TargetNames.Vector512 => Sum<Vector512<float>, Simd512>(buffer),
        TargetNames.Vector256 => Sum<Vector256<float>, Simd256>(buffer),
        _ => Sum<Vector128<float>, Simd128>(buffer),
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Sum<TVector, TSimd>(float[] values)
        where TVector : struct
        where TSimd : ISimd<TVector>
    {
        ref var first = ref MemoryMarshal.GetArrayDataReference(values);
        var zero = TSimd.Create(0);
        TVector a = zero, b = zero, c = zero, d = zero, e = zero, f = zero, g = zero, h = zero;
        for (var i = 0; i <= values.Length - (Sums * TSimd.Lanes); i += Sums * TSimd.Lanes)
        {
            a = TSimd.Add(a, TSimd.Load(ref Unsafe.Add(ref first, i)));
            b = TSimd.Add(b, TSimd.Load(ref Unsafe.Add(ref first, i + TSimd.Lanes)));
            c = TSimd.Add(c, TSimd.Load(ref Unsafe.Add(ref first, i + (2 * TSimd.Lanes))));
            d = TSimd.Add(d, TSimd.Load(ref Unsafe.Add(ref first, i + (3 * TSimd.Lanes))));
            e = TSimd.Add(e, TSimd.Load(ref Unsafe.Add(ref first, i + (4 * TSimd.Lanes))));
            f = TSimd.Add(f, TSimd.Load(ref Unsafe.Add(ref first, i + (5 * TSimd.Lanes))));
            g = TSimd.Add(g, TSimd.Load(ref Unsafe.Add(ref first, i + (6 * TSimd.Lanes))));
            h = TSimd.Add(h, TSimd.Load(ref Unsafe.Add(ref first, i + (7 * TSimd.Lanes))));
        }

        return TSimd.Sum(TSimd.Add(TSimd.Add(TSimd.Add(a, b), TSimd.Add(c, d)), TSimd.Add(TSimd.Add(e, f), TSimd.Add(g, h))));
    }
}
