using KernelGen.Model;
using KernelGen.Search.Data;

namespace KernelGen.Search.Training;

/// <summary>The batches of one epoch: shuffled, moved, mirrored and preprocessed images. A function of seed and epoch.</summary>
internal sealed class BatchLoader
{
    private const long Purpose = 0x6261746368; // "batch": keeps this sequence apart from others of the same seed

    private readonly ImageSet images;
    private readonly TrainingOptions options;
    private readonly float[][] tables;

    public BatchLoader(ImageSet images, Preprocessing preprocessing, TrainingOptions options)
    {
        this.images = images;
        this.options = options;
        tables = ImagePreprocessing.Tables(preprocessing, images.Shape.Maps);
    }

    /// <summary>
    /// Batches per epoch. A rest smaller than a batch is left out of the epoch, as its batch norm statistics would be poor.
    /// </summary>
    public int Count => Math.Max(1, images.Count / options.BatchSize);

    /// <summary>[count, channels, height, width] of every batch.</summary>
    public long[] BatchShape => [BatchSize, images.Shape.Maps, images.Shape.Height, images.Shape.Width];

    /// <summary>Equal for loaders that give the same images in the same order, to networks of the same preprocessing.</summary>
    public object Sequence => (images, options.Seed, options.BatchSize, options.Flip, options.MaximumShift);

    private int BatchSize => Math.Min(options.BatchSize, images.Count);

    /// <summary>The batches of one epoch, each of <see cref="BatchShape"/>.</summary>
    public IEnumerable<(float[] Images, long[] Labels)> Epoch(int epoch)
    {
        var random = new DeterministicRandom(options.Seed, Purpose, epoch);
        var order = random.Permutation(images.Count);
        var size = BatchSize;
        var length = images.Shape.Length;
        for (var batch = 0; batch < Count; batch++)
        {
            var values = new float[size * length];
            var labels = new long[size];
            for (var i = 0; i < size; i++)
            {
                var index = order[(batch * size) + i];
                var (dy, dx) = (Shift(random), Shift(random));
                var flip = options.Flip && random.Next(2) == 1;
                Write(images.Image(index), dy, dx, flip, values.AsSpan(i * length, length));
                labels[i] = images.Labels[index];
            }

            yield return (values, labels);
        }
    }

    private int Shift(DeterministicRandom random) => random.Next((2 * options.MaximumShift) + 1) - options.MaximumShift;

    private void Write(ReadOnlySpan<byte> image, int dy, int dx, bool flip, Span<float> values)
    {
        var (height, width) = (images.Shape.Height, images.Shape.Width);
        var to = 0;
        for (var c = 0; c < images.Shape.Maps; c++)
        {
            var table = tables[c];
            for (var y = 0; y < height; y++)
            {
                var row = y + dy;
                var inside = row >= 0 && row < height;
                var start = ((c * height) + row) * width;
                for (var x = 0; x < width; x++)
                {
                    var column = (flip ? width - 1 - x : x) + dx;
                    values[to++] = table[inside && column >= 0 && column < width ? image[start + column] : 0];
                }
            }
        }
    }
}
