using KernelGen.Model;
using KernelGen.Search.Data;

namespace KernelGen.Search.Training;

/// <summary>Bytes to network inputs of mean 0 and standard deviation 1 per channel.</summary>
public static class ImagePreprocessing
{
    /// <summary>The scale and offset that give these images mean 0 and standard deviation 1 per channel.</summary>
    public static Preprocessing FromImages(ImageSet images)
    {
        var (channels, area) = (images.Shape.Maps, images.Shape.Height * images.Shape.Width);
        var scale = new float[channels];
        var offset = new float[channels];
        for (var c = 0; c < channels; c++)
        {
            long sum = 0;
            long squares = 0;
            for (var i = 0; i < images.Count; i++)
            {
                foreach (var value in images.Image(i).Slice(c * area, area))
                {
                    sum += value;
                    squares += value * value;
                }
            }

            var n = (double)images.Count * area;
            var mean = sum / n;
            var variance = (squares / n) - (mean * mean);

            // A channel without any contrast carries nothing; it is only centred.
            var deviation = variance > 1e-6 ? Math.Sqrt(variance) : 1;
            scale[c] = (float)(1 / deviation);
            offset[c] = (float)(-mean / deviation);
        }

        return new Preprocessing(new FloatData(scale), new FloatData(offset));
    }

    /// <summary>The description with this preprocessing in its (first) input.</summary>
    public static NetworkDescription WithPreprocessing(this NetworkDescription description, Preprocessing preprocessing) =>
        description with
        {
            Inputs = description.Inputs.Select((input, i) => i == 0 ? input with { Preprocessing = preprocessing } : input).ToEquatableArray(),
        };

    /// <summary>value = byte × scale + offset, in 32-bit floats and two roundings, as generated code does it.</summary>
    /// <param name="shape">[channels, height, width] of one image; <paramref name="pixels"/> holds any number of them.</param>
    public static void Apply(Preprocessing preprocessing, Shape shape, ReadOnlySpan<byte> pixels, Span<float> values)
    {
        var area = shape.Height * shape.Width;
        var tables = Tables(preprocessing, shape.Maps);
        for (var start = 0; start < pixels.Length; start += area)
        {
            var table = tables[start / area % shape.Maps];
            for (var i = start; i < start + area; i++)
            {
                values[i] = table[pixels[i]];
            }
        }
    }

    /// <summary>Per channel, the value of each byte.</summary>
    internal static float[][] Tables(Preprocessing preprocessing, int channels)
    {
        var tables = new float[channels][];
        for (var c = 0; c < channels; c++)
        {
            var (scale, offset) = (preprocessing.Scale[c], preprocessing.Offset[c]);
            tables[c] = new float[256];
            for (var b = 0; b < 256; b++)
            {
                var scaled = b * scale;
                tables[c][b] = scaled + offset;
            }
        }

        return tables;
    }
}
