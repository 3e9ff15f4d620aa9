using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using KernelGen.Compiler;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Machine;

/// <summary>How fast one core reads memory that it has read before: a sum over a buffer, in eight vectors at a time.</summary>
internal sealed class ReadBandwidth
{
    private const int Sums = 8;
    private const int CacheLine = 64;

    /// <summary>Floats read in one run, at least: a call costs as much as reading a small cache once.</summary>
    private const int LeastRead = 1 << 19;

    private readonly float[] buffer;
    private readonly int start;
    private readonly int length;
    private readonly int passes;
    private float sink;

    public ReadBandwidth(long bytes)
    {
        length = (int)(bytes / sizeof(float));
        passes = Math.Max(1, LeastRead / length);
        buffer = GC.AllocateUninitializedArray<float>(length + (CacheLine / sizeof(float)), pinned: true);

        // A vector that lies across two cache lines costs two reads.
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0);
        start = (int)((CacheLine - (address % CacheLine)) % CacheLine / sizeof(float));

        // Pages that were never written are all the same one, which is in the cache.
        buffer.AsSpan().Fill(1);
    }

    /// <summary>10⁹ bytes per second: the best of some passes on one core.</summary>
    public double Measure()
    {
        var times = Timing.Minima(Timing.Layer with { Rounds = 21 }, new TimedInference("read", Run));
        GC.KeepAlive(sink);
        return (double)passes * length * sizeof(float) / times[0] / 1000;
    }

    private void Run()
    {
        var values = buffer.AsSpan(start, length);
        sink = HostTarget.Name switch
        {
            TargetNames.Vector512 => Sum<Vector512<float>, Simd512>(values, passes),
            TargetNames.Vector256 => Sum<Vector256<float>, Simd256>(values, passes),
            _ => Sum<Vector128<float>, Simd128>(values, passes),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Sum<TVector, TSimd>(ReadOnlySpan<float> values, int passes)
        where TVector : struct
        where TSimd : ISimd<TVector>
    {
        ref var first = ref MemoryMarshal.GetReference(values);
        var zero = TSimd.Create(0);
        TVector a = zero, b = zero, c = zero, d = zero, e = zero, f = zero, g = zero, h = zero;
        var (step, end) = ((nuint)TSimd.Lanes, (nuint)values.Length);
        for (var pass = 0; pass < passes; pass++)
        {
            for (nuint i = 0; i + (Sums * step) <= end; i += Sums * step)
            {
                ref var at = ref Unsafe.Add(ref first, i);
                a = TSimd.Add(a, TSimd.Load(ref at));
                b = TSimd.Add(b, TSimd.Load(ref Unsafe.Add(ref at, TSimd.Lanes)));
                c = TSimd.Add(c, TSimd.Load(ref Unsafe.Add(ref at, 2 * TSimd.Lanes)));
                d = TSimd.Add(d, TSimd.Load(ref Unsafe.Add(ref at, 3 * TSimd.Lanes)));
                e = TSimd.Add(e, TSimd.Load(ref Unsafe.Add(ref at, 4 * TSimd.Lanes)));
                f = TSimd.Add(f, TSimd.Load(ref Unsafe.Add(ref at, 5 * TSimd.Lanes)));
                g = TSimd.Add(g, TSimd.Load(ref Unsafe.Add(ref at, 6 * TSimd.Lanes)));
                h = TSimd.Add(h, TSimd.Load(ref Unsafe.Add(ref at, 7 * TSimd.Lanes)));
            }
        }

        return TSimd.Sum(TSimd.Add(TSimd.Add(TSimd.Add(a, b), TSimd.Add(c, d)), TSimd.Add(TSimd.Add(e, f), TSimd.Add(g, h))));
    }
}
