using System.Buffers.Binary;
using System.IO.Compression;
using KernelGen.Model;
using KernelGen.Search.Data;

namespace KernelGen.Search.Tests.Data;

public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    [Fact]
    public void Folders_are_classes_and_a_fifth_is_cut_off_for_testing()
    {
        for (var i = 0; i < 10; i++)
        {
            directory.Write($"cat/{i}.png", Png(4, 3, (byte)i, 0, 0));
            directory.Write($"dog/{i}.png", Png(4, 3, 0, (byte)(100 + i), 0));
        }

        var data = Datasets.Load(directory.Path);

        Assert.Equal(["cat", "dog"], data.Training.ClassNames);
        Assert.Equal(new Shape(3, 3, 4), data.Training.Shape);
        Assert.Equal((16, 4), (data.Training.Count, data.Test.Count));
        Assert.Equal(2, data.Test.Labels.Count(l => l == 0));
        var first = data.Training.Image(0).ToArray();
        Assert.All(first[12..], b => Assert.Equal(0, b));
        var dog = data.Test.Image(Array.IndexOf(data.Test.Labels, 1)).ToArray();
        Assert.All(dog[12..24], b => Assert.InRange(b, 100, 109));

        var again = Datasets.Load(directory.Path);
        Assert.Equal(data.Test.Pixels, again.Test.Pixels);
    }

    [Fact]
    public void Train_and_test_folders_are_taken_as_they_are_and_grey_images_have_one_channel()
    {
        directory.Write("train/a/1.png", Png(2, 2, 5, 5, 5));
        directory.Write("train/b/1.png", Png(2, 2, 6, 6, 6));
        directory.Write("test/b/1.png", Png(2, 2, 7, 7, 7));

        var data = Datasets.Load(directory.Path);

        Assert.Equal(new Shape(1, 2, 2), data.Test.Shape);
        Assert.Equal([1], data.Test.Labels);
        Assert.Equal([7, 7, 7, 7], data.Test.Pixels);
    }

    [Fact]
    public void A_different_size_is_an_error_that_names_the_file()
    {
        directory.Write("a/1.png", Png(2, 2, 5, 5, 5));
        var odd = directory.Write("b/1.png", Png(2, 3, 5, 5, 5));
        var error = Assert.Throws<DataException>(() => Datasets.Load(directory.Path));
        Assert.Contains($"{odd} is 2×3", error.Message);
    }

    [Fact]
    public void A_damaged_image_is_an_error_that_names_the_file()
    {
        directory.Write("a/1.png", Png(2, 2, 5, 5, 5));
        var whole = Png(2, 2, 5, 5, 5);
        for (var length = 0; length < whole.Length - 16; length++)
        {
            var path = directory.Write("b/1.png", whole[..length]);
            Assert.Contains(path, Assert.Throws<DataException>(() => Datasets.Load(directory.Path)).Message);
        }
    }

    [Fact]
    public void A_class_that_only_the_test_part_has_is_an_error()
    {
        directory.Write("train/a/1.png", Png(2, 2, 5, 5, 5));
        directory.Write("train/b/1.png", Png(2, 2, 5, 5, 5));
        directory.Write("test/c/1.png", Png(2, 2, 5, 5, 5));
        Assert.Contains("no class c", Assert.Throws<DataException>(() => Datasets.Load(directory.Path)).Message);
    }

    public void Dispose() => directory.Dispose();

    /// <summary>A PNG file of one colour.</summary>
    private static byte[] Png(int width, int height, byte red, byte green, byte blue)
    {
        var rows = new MemoryStream();
        for (var y = 0; y < height; y++)
        {
            rows.WriteByte(0);
            for (var x = 0; x < width; x++)
            {
                rows.Write([red, green, blue]);
            }
        }

        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            zlib.Write(rows.ToArray());
        }

        byte[] header = [0, 0, 0, (byte)width, 0, 0, 0, (byte)height, 8, 2, 0, 0, 0];
        return [0x89, .. "PNG\r\n\x1A\n"u8, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);

        // The decoder does not check the checksum, so none is computed.
        return [.. length, .. type, .. content, 0, 0, 0, 0];
    }
}
