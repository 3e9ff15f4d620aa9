using KernelGen.Model;
using KernelGen.Search.Data;

namespace KernelGen.Search.Tests.Data;

public sealed class CifarTests : IDisposable
{
    private const int Record = 3073;
    private readonly TemporaryDirectory directory = new();

    [Fact]
    public void With_a_test_batch_all_five_batches_are_for_training()
    {
        WriteBatches();
        directory.Write("test_batch.bin", Batch(9));

        var data = Datasets.Load(directory.Path);

        Assert.Equal("cifar-10", data.Name);
        Assert.Equal(new Shape(3, 32, 32), data.Training.Shape);
        Assert.Equal([1, 1, 2, 2, 3, 3, 4, 4, 5, 5], data.Training.Labels);
        Assert.Equal([9, 9], data.Test.Labels);
        Assert.Equal(42, data.Training.Image(3)[0]);
        Assert.Equal(43, data.Training.Image(3)[3071]);
    }

    [Fact]
    public void Without_one_batch_five_is_the_test_part_and_the_name_says_so()
    {
        WriteBatches();

        var data = Datasets.Load(directory.Path);

        Assert.Equal("cifar-10-batches-1-4-test-batch-5", data.Name);
        Assert.Equal(8, data.Training.Count);
        Assert.Equal([5, 5], data.Test.Labels);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Record - 1)]
    [InlineData((2 * Record) - 1)]
    public void A_truncated_batch_is_a_data_error(int length)
    {
        WriteBatches();
        var path = directory.Write("data_batch_3.bin", Batch(3)[..length]);
        Assert.Contains(path, Assert.Throws<DataException>(() => Datasets.Load(directory.Path)).Message);
    }

    [Fact]
    public void An_impossible_label_is_a_data_error()
    {
        WriteBatches();
        directory.Write("data_batch_3.bin", Batch(10));
        Assert.Contains("label 10", Assert.Throws<DataException>(() => Datasets.Load(directory.Path)).Message);
    }

    [Fact]
    public void A_missing_batch_is_named()
    {
        WriteBatches();
        File.Delete(System.IO.Path.Combine(directory.Path, "data_batch_4.bin.gz"));
        Assert.Contains("data_batch_4.bin", Assert.Throws<DataException>(() => Datasets.Load(directory.Path)).Message);
    }

    public void Dispose() => directory.Dispose();

    /// <summary>Two images of one label; the second begins with 42 and ends with 43.</summary>
    private static byte[] Batch(byte label)
    {
        var bytes = new byte[2 * Record];
        bytes[0] = bytes[Record] = label;
        bytes[Record + 1] = 42;
        bytes[^1] = 43;
        return bytes;
    }

    private void WriteBatches()
    {
        for (byte i = 1; i <= 5; i++)
        {
            if (i % 2 == 0)
            {
                directory.WriteGzip(FormattableString.Invariant($"data_batch_{i}.bin"), Batch(i));
            }
            else
            {
                directory.Write(FormattableString.Invariant($"data_batch_{i}.bin"), Batch(i));
            }
        }
    }
}
