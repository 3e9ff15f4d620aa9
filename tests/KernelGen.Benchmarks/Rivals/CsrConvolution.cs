using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using KernelGen.Benchmarks.Machine;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Rivals;

/// <summary>
/// The usual way to run a sparse convolution, with ReLU: the input lowered to a matrix, times the weights in compressed sparse
/// rows. The sums of eight vectors of pixels stay in registers over the weights of one row; each weight costs its index, a
/// broadcast and eight reads of the matrix. Taps that no weight multiplies are not lowered. For convolutions of one group.
/// </summary>
internal sealed class CsrConvolution
{
    private const int Sums = 8;

    private readonly LoweredInput lowered;
    private readonly float[] bias;
    private readonly int[] rowStarts;
    private readonly int[] columns;
    private readonly float[] weights;
    private readonly float[] matrix;
    private readonly float[] output;

    public CsrConvolution(Conv conv, Shape from)
    {
        // Whole tiles of the widest vectors: there is no remainder to treat apart.
        bias = conv.Bias?.Span.ToArray() ?? new float[conv.OutputMaps];
        var dense = conv.Weights.ToDense(conv.OutputMaps, from.Maps, 1, conv.Window.Area);
        var taps = from.Maps * conv.Window.Area;
        var kept = LoweredInput.RowsWithWeights(dense, taps);
        lowered = new LoweredInput(conv.Window, from, Sums * Simd512.Lanes, gap: Simd512.Lanes, kept);
        var existing = Enumerable.Range(0, dense.Length).Where(i => dense[i] != 0).ToArray();
        columns = Array.ConvertAll(existing, i => Array.BinarySearch(kept, i % taps));
        weights = Array.ConvertAll(existing, i => dense[i]);
        rowStarts = [.. Enumerable.Range(0, conv.OutputMaps + 1).Select(o => existing.Count(i => i < o * taps))];
        matrix = new float[lowered.Rows * lowered.Pitch];
        output = new float[conv.OutputMaps * lowered.Pitch];
    }

    /// <param name="image">CHW.</param>
    public void Run(float[] image)
    {
        lowered.Fill(image, matrix);
        switch (HostTarget.Name)
        {
            case TargetNames.Vector512:
                Multiply<Vector512<float>, Simd512>();
                break;
            case TargetNames.Vector256:
                Multiply<Vector256<float>, Simd256>();
                break;
            default:
                Multiply<Vector128<float>, Simd128>();
                break;
        }
    }

    /// <summary>The result of the last run, CHW.</summary>
    public float[] Result() => [.. Enumerable.Range(0, bias.Length).SelectMany(o => output.AsSpan(o * lowered.Pitch, lowered.Columns).ToArray())];

    /// <summary>A tile of pixels for all maps before the next one, so that the tile's part of the matrix stays in the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply<TVector, TSimd>()
        where TVector : struct
        where TSimd : ISimd<TVector>
    {
        var step = (nuint)TSimd.Lanes;
        var pitch = (nuint)lowered.Pitch;
        for (nuint pixel = 0; pixel < (nuint)lowered.Columns; pixel += Sums * step)
        {
            ref var from = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(matrix), pixel);
            for (var map = 0; map < bias.Length; map++)
            {
                var b = TSimd.Create(bias[map]);
                TVector s0 = b, s1 = b, s2 = b, s3 = b, s4 = b, s5 = b, s6 = b, s7 = b;
                for (var k = rowStarts[map]; k < rowStarts[map + 1]; k++)
                {
                    var w = TSimd.Create(weights[k]);
                    ref var row = ref Unsafe.Add(ref from, (nuint)columns[k] * pitch);
                    s0 = TSimd.MultiplyAdd(w, TSimd.Load(ref row), s0);
                    s1 = TSimd.MultiplyAdd(w, TSimd.Load(ref Unsafe.Add(ref row, step)), s1);
                    s2 = TSimd.MultiplyAdd(w, TSimd.Load(ref Unsafe.Add(ref row, 2 * step)), s2);
                    s3 = TSimd.MultiplyAdd(w, TSimd.Load(ref Unsafe.Add(ref row, 3 * step)), s3);
                    s4 = TSimd.MultiplyAdd(w, TSimd.Load(ref Unsafe.Add(ref row, 4 * step)), s4);
                    s5 = TSimd.MultiplyAdd(w, TSimd.Load(ref Unsafe.Add(ref row, 5 * step)), s5);
                    s6 = TSimd.MultiplyAdd(w, TSimd.Load(ref Unsafe.Add(ref row, 6 * step)), s6);
                    s7 = TSimd.MultiplyAdd(w, TSimd.Load(ref Unsafe.Add(ref row, 7 * step)), s7);
                }

                var zero = TSimd.Create(0);
                ref var to = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(output), ((nuint)map * pitch) + pixel);
                TSimd.Store(TSimd.Max(s0, zero), ref to);
                TSimd.Store(TSimd.Max(s1, zero), ref Unsafe.Add(ref to, step));
                TSimd.Store(TSimd.Max(s2, zero), ref Unsafe.Add(ref to, 2 * step));
                TSimd.Store(TSimd.Max(s3, zero), ref Unsafe.Add(ref to, 3 * step));
                TSimd.Store(TSimd.Max(s4, zero), ref Unsafe.Add(ref to, 4 * step));
                TSimd.Store(TSimd.Max(s5, zero), ref Unsafe.Add(ref to, 5 * step));
                TSimd.Store(TSimd.Max(s6, zero), ref Unsafe.Add(ref to, 6 * step));
                TSimd.Store(TSimd.Max(s7, zero), ref Unsafe.Add(ref to, 7 * step));
            }
        }
    }
}
