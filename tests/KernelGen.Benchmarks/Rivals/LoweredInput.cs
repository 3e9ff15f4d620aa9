using System.Runtime.CompilerServices;
using KernelGen.Model;

namespace KernelGen.Benchmarks.Rivals;

/// <summary>
/// The input of a convolution as a matrix (im2col), as the paper lowers it: a row per source map and tap, a column per output
/// pixel, so that the convolution is a product of matrices. Taps outside the map are zero.
/// </summary>
/// <param name="tile">Rows begin at multiples of this many elements; those after the last pixel are not written.</param>
internal sealed class LoweredInput(Window window, Shape from, int tile = 1)
{
    /// <summary>Source maps × taps.</summary>
    public int Rows { get; } = from.Maps * window.Area;

    /// <summary>Output pixels.</summary>
    public int Columns { get; } = window.OutputHeight(from.Height) * window.OutputWidth(from.Width);

    /// <summary>Elements from the beginning of a row to that of the next.</summary>
    public int Pitch => (Columns + tile - 1) / tile * tile;

    /// <param name="image">CHW.</param>
    /// <param name="matrix"><see cref="Rows"/> of <see cref="Pitch"/> elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(ReadOnlySpan<float> image, Span<float> matrix)
    {
        var (height, width) = (window.OutputHeight(from.Height), window.OutputWidth(from.Width));
        for (var row = 0; row < Rows; row++)
        {
            var map = image.Slice(row / window.Area * from.Height * from.Width, from.Height * from.Width);
            var tap = row % window.Area;
            var (top, left) = ((tap / window.KernelWidth * window.DilationY) - window.PadTop, (tap % window.KernelWidth * window.DilationX) - window.PadLeft);
            for (var y = 0; y < height; y++)
            {
                var line = matrix.Slice((row * Pitch) + (y * width), width);
                var sourceRow = (y * window.StrideY) + top;
                if (sourceRow < 0 || sourceRow >= from.Height)
                {
                    line.Clear();
                }
                else
                {
                    FillLine(map.Slice(sourceRow * from.Width, from.Width), left, line);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillLine(ReadOnlySpan<float> source, int left, Span<float> line)
    {
        // The columns whose taps lie inside the map.
        var begin = Math.Clamp((-left + window.StrideX - 1) / window.StrideX, 0, line.Length);
        var end = Math.Clamp((source.Length - left + window.StrideX - 1) / window.StrideX, begin, line.Length);
        line[..begin].Clear();
        line[end..].Clear();
        if (window.StrideX == 1)
        {
            source.Slice(begin + left, end - begin).CopyTo(line[begin..]);
            return;
        }

        for (var x = begin; x < end; x++)
        {
            line[x] = source[(x * window.StrideX) + left];
        }
    }
}
