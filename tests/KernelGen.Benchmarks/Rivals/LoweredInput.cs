using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using KernelGen.Model;

namespace KernelGen.Benchmarks.Rivals;

/// <summary>
/// The input of a convolution as a matrix (im2col), as the paper lowers it: a row per source map and tap, a column per output
/// pixel, so that the convolution is a product of matrices. Taps outside the map are zero.
/// </summary>
/// <param name="tile">Rows have room for a multiple of this many elements; those after the last pixel are not written.</param>
/// <param name="gap">Elements between rows, which keep rows of a power of two out of the same lines of a cache.</param>
/// <param name="kept">The rows that there are, ascending, of source maps × taps; null: all.</param>
internal sealed class LoweredInput(Window window, Shape from, int tile = 1, int gap = 0, IReadOnlyList<int>? kept = null)
{
    private readonly int[] taps = [.. kept ?? [.. Enumerable.Range(0, from.Maps * window.Area)]];

    /// <summary>One per source map and tap that is kept.</summary>
    public int Rows => taps.Length;

    /// <summary>Output pixels.</summary>
    public int Columns { get; } = window.OutputHeight(from.Height) * window.OutputWidth(from.Width);

    /// <summary>Elements from the beginning of a row to that of the next.</summary>
    public int Pitch => ((Columns + tile - 1) / tile * tile) + gap;

    /// <summary>
    /// The rows that some weight of the convolution multiplies: what is left of the matrix when maps and strided taps are pruned
    /// (Anwar, Hwang and Sung, 2017). Single kernels or weights leave nearly all of them.
    /// </summary>
    /// <param name="oihw">Weights of a convolution of one group, zero where none exists.</param>
    /// <param name="rows">Source maps × taps.</param>
    public static int[] RowsWithWeights(ReadOnlySpan<float> oihw, int rows)
    {
        var used = new bool[rows];
        for (var i = 0; i < oihw.Length; i++)
        {
            used[i % rows] |= oihw[i] != 0;
        }

        return [.. Enumerable.Range(0, rows).Where(r => used[r])];
    }

    /// <param name="image">CHW.</param>
    /// <param name="matrix"><see cref="Rows"/> of <see cref="Pitch"/> elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(ReadOnlySpan<float> image, Span<float> matrix)
    {
        var (height, width) = (window.OutputHeight(from.Height), window.OutputWidth(from.Width));
        for (var row = 0; row < Rows; row++)
        {
            var map = image.Slice(taps[row] / window.Area * from.Height * from.Width, from.Height * from.Width);
            var tap = taps[row] % window.Area;
            var (top, left) = ((tap / window.KernelWidth * window.DilationY) - window.PadTop, (tap % window.KernelWidth * window.DilationX) - window.PadLeft);
            var pixels = matrix.Slice(row * Pitch, Columns);
            if (window is { StrideX: 1, StrideY: 1 } && width == from.Width && height == from.Height)
            {
                Shift(map, top, left, pixels);
                continue;
            }

            // The columns whose taps lie inside the map, the same in every line.
            var begin = Math.Clamp((-left + window.StrideX - 1) / window.StrideX, 0, width);
            var end = Math.Clamp((from.Width - left + window.StrideX - 1) / window.StrideX, begin, width);
            for (var y = 0; y < height; y++)
            {
                var line = pixels.Slice(y * width, width);
                var sourceRow = (y * window.StrideY) + top;
                if (sourceRow < 0 || sourceRow >= from.Height)
                {
                    line.Clear();
                    continue;
                }

                var source = map.Slice(sourceRow * from.Width, from.Width);
                line[..begin].Clear();
                line[end..].Clear();
                if (window.StrideX == 1)
                {
                    Copy(source.Slice(begin + left, end - begin), line[begin..end]);
                }
                else
                {
                    for (var x = begin; x < end; x++)
                    {
                        line[x] = source[(x * window.StrideX) + left];
                    }
                }
            }
        }
    }

    /// <summary>Lines are short: a call to the library's copy costs more than the few vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(ReadOnlySpan<float> source, Span<float> line)
    {
        var i = 0;
        for (; i <= line.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256.LoadUnsafe(in MemoryMarshal.GetReference(source), (nuint)i).StoreUnsafe(ref MemoryMarshal.GetReference(line), (nuint)i);
        }

        for (; i < line.Length; i++)
        {
            line[i] = source[i];
        }
    }

    /// <summary>A result of the map's own size is the whole map, moved, and zeros where rows or columns of the padding came in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Shift(ReadOnlySpan<float> map, int top, int left, Span<float> pixels)
    {
        var shift = (top * from.Width) + left;
        var begin = Math.Clamp(-shift, 0, pixels.Length);
        var end = Math.Clamp(pixels.Length - shift, begin, pixels.Length);
        pixels[..begin].Clear();
        pixels[end..].Clear();
        map.Slice(begin + shift, end - begin).CopyTo(pixels[begin..]);
        var outside = Math.Min(from.Width, Math.Abs(left));
        for (var row = 0; outside > 0 && row < from.Height; row++)
        {
            pixels.Slice((row * from.Width) + (left < 0 ? 0 : from.Width - outside), outside).Clear();
        }
    }
}
