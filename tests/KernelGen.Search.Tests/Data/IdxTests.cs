using System.Buffers.Binary;
using KernelGen.Model;
using KernelGen.Search.Data;

namespace KernelGen.Search.Tests.Data;

public sealed class IdxTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Images_and_labels_are_read(bool gzip)
    {
        WriteAll(gzip);

        var data = Datasets.Load(directory.Path);

        Assert.Equal(new Shape(1, 3, 2), data.Training.Shape);
        Assert.Equal([4, 0, 2], data.Training.Labels);
        Assert.Equal([6, 7, 8, 9, 10, 11], data.Training.Image(1).ToArray());
        Assert.Equal([1, 3], data.Test.Labels);
        Assert.Equal(["0", "1", "2", "3", "4"], data.Test.ClassNames);
    }

    [Fact]
    public void Every_truncation_is_a_data_error_that_names_the_file()
    {
        WriteAll(gzip: false);
        var whole = Images(3);
        for (var length = 0; length < whole.Length; length++)
        {
            var path = directory.Write("train-images-idx3-ubyte", whole[..length]);
            var error = Assert.Throws<DataException>(() => Datasets.Load(directory.Path));
            Assert.Contains(path, error.Message);
        }
    }

    [Fact]
    public void A_truncated_gzip_file_is_a_data_error()
    {
        WriteAll(gzip: true);
        var path = System.IO.Path.Combine(directory.Path, "train-labels-idx1-ubyte.gz");
        var whole = File.ReadAllBytes(path);

        // The last bytes of all are the checksum and the end mark, without which the content is still whole.
        for (var length = 0; length < whole.Length - 10; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<DataException>(() => Datasets.Load(directory.Path));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void Impossible_lengths_are_data_errors(int length)
    {
        WriteAll(gzip: false);
        for (var axis = 0; axis < 3; axis++)
        {
            var bytes = Images(3);
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + (4 * axis)), length);
            directory.Write("train-images-idx3-ubyte", bytes);
            Assert.Throws<DataException>(() => Datasets.Load(directory.Path));
        }
    }

    [Fact]
    public void Different_numbers_of_images_and_labels_are_a_data_error()
    {
        WriteAll(gzip: false);
        directory.Write("train-labels-idx1-ubyte", Labels(1, 2));
        Assert.Contains("2 labels for the 3 images", Assert.Throws<DataException>(() => Datasets.Load(directory.Path)).Message);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        WriteAll(gzip: false);
        File.Delete(System.IO.Path.Combine(directory.Path, "t10k-labels-idx1-ubyte"));
        Assert.Contains("t10k-labels-idx1-ubyte", Assert.Throws<DataException>(() => Datasets.Load(directory.Path)).Message);
    }

    [Fact]
    public void An_unknown_name_lists_what_there_is() =>
        Assert.Contains(Datasets.Embedded, Assert.Throws<DataException>(() => Datasets.Load("no-such-dataset")).Message);

    [Fact]
    public void A_directory_without_images_says_what_is_understood() =>
        Assert.Contains("data_batch_1.bin", Assert.Throws<DataException>(() => Datasets.Load(directory.Path)).Message);

    public void Dispose() => directory.Dispose();

    private static byte[] Images(int count)
    {
        byte[] header = [0, 0, 8, 3, 0, 0, 0, (byte)count, 0, 0, 0, 3, 0, 0, 0, 2];
        return [.. header, .. Enumerable.Range(0, count * 6).Select(i => (byte)i)];
    }

    private static byte[] Labels(params byte[] labels) => [0, 0, 8, 1, 0, 0, 0, (byte)labels.Length, .. labels];

    private void WriteAll(bool gzip)
    {
        Func<string, byte[], string> write = gzip ? directory.WriteGzip : directory.Write;
        write("train-images-idx3-ubyte", Images(3));
        write("train-labels-idx1-ubyte", Labels(4, 0, 2));
        write("t10k-images-idx3-ubyte", Images(2));
        write("t10k-labels-idx1-ubyte", Labels(1, 3));
    }
}
