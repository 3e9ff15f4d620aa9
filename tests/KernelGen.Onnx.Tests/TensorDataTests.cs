using Google.Protobuf;
using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>What the data of tensors mean, and which are refused.</summary>
public sealed class TensorDataTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kernelgen-onnx-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Floats_of_every_width_become_floats()
    {
        Assert.Equal([1.5f, -2f], Read(Raw(ElementType.Float, 2, BitConverter.GetBytes(1.5f), BitConverter.GetBytes(-2f))).Floats!);
        Assert.Equal([1.5f, -2f], Read(Raw(ElementType.Double, 2, BitConverter.GetBytes(1.5), BitConverter.GetBytes(-2.0))).Floats!);
        Assert.Equal([1.5f, -2f], Read(Raw(ElementType.BFloat16, 2, [0xc0, 0x3f], [0x00, 0xc0])).Floats!);
        Assert.Equal([0.25f], Read(new TensorProto { Dims = { 1 }, DataType = (int)ElementType.Double, DoubleData = { 0.25 } }).Floats!);
    }

    [Fact]
    public void Every_half_is_converted_exactly()
    {
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var read = Read(OnnxFile.Tensor("t", ElementType.Float16, [1], bits)).Floats![0];
            var expected = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            Assert.True(float.IsNaN(expected) ? float.IsNaN(read) : BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(read));
        }
    }

    [Fact]
    public void Integers_of_every_width_keep_their_values()
    {
        Assert.Equal([255L, 0L], Read(Raw(ElementType.UInt8, 2, [0xff], [0x00])).Integers!);
        Assert.Equal([-1L, 127L], Read(Raw(ElementType.Int8, 2, [0xff], [0x7f])).Integers!);
        Assert.Equal([65535L], Read(Raw(ElementType.UInt16, 1, [0xff, 0xff])).Integers!);
        Assert.Equal([-2L], Read(Raw(ElementType.Int32, 1, BitConverter.GetBytes(-2))).Integers!);
        Assert.Equal([uint.MaxValue], Read(Raw(ElementType.UInt32, 1, BitConverter.GetBytes(uint.MaxValue))).Integers!);
        Assert.Equal([long.MinValue], Read(Raw(ElementType.Int64, 1, BitConverter.GetBytes(long.MinValue))).Integers!);
        Assert.Equal([1L, 0L], Read(Raw(ElementType.Bool, 2, [0x01], [0x00])).Integers!);
        Assert.Equal([-1L, 7L, -8L], Read(Raw(ElementType.Int4, 3, [0x7f], [0x08])).Integers!);
        Assert.Equal([-3L], Read(OnnxFile.Tensor("t", ElementType.Int8, [1], -3)).Integers!);
        Assert.Equal([7L], Read(new TensorProto { Dims = { 1 }, DataType = (int)ElementType.UInt64, Uint64Data = { 7 } }).Integers!);
    }

    [Fact]
    public void A_scalar_has_no_axis_and_an_empty_tensor_no_element()
    {
        Assert.Empty(Read(OnnxFile.Tensor("t", [], 3f)).Shape);
        Assert.Empty(Read(OnnxFile.Tensor("t", [2, 0], Array.Empty<float>())).Floats!);
    }

    [Theory]
    [InlineData(new long[] { 3 })]
    [InlineData(new long[] { -1 })]
    [InlineData(new long[] { 1L << 40 })]
    [InlineData(new long[] { 1 << 20, 1 << 20, 1 << 20, 0 })]
    [InlineData(new long[] { long.MaxValue, long.MaxValue })]
    [InlineData(new long[] { 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    public void A_shape_that_the_data_do_not_fill_is_an_error(long[] dims)
    {
        Refused(new TensorProto { Name = "t", Dims = { dims }, DataType = (int)ElementType.Float, FloatData = { 1, 2 } });
        Refused(new TensorProto { Name = "t", Dims = { dims }, DataType = (int)ElementType.Float, RawData = ByteString.CopyFrom(new byte[8]) });
    }

    [Theory]
    [InlineData(0)]
    [InlineData((int)ElementType.String)]
    [InlineData((int)ElementType.Complex64)]
    [InlineData(17)]
    [InlineData(-5)]
    public void Other_element_types_are_refused(int type) => Refused(new TensorProto { Name = "t", DataType = type, RawData = ByteString.CopyFrom(new byte[8]) });

    [Fact]
    public void Truncated_raw_data_are_refused() => Refused(Raw(ElementType.Float, 2, new byte[7]));

    [Fact]
    public void A_tensor_file_is_read_with_its_shape()
    {
        var path = Path.Combine(folder.FullName, "input_0.pb");
        File.WriteAllBytes(path, OnnxFile.RawTensor("x", [1, 2], 3, 4).ToByteArray());
        var tensor = OnnxTensorFile.Read(path);
        Assert.Equal("x", tensor.Name);
        Assert.Equal([1, 2], tensor.Shape);
        Assert.Equal([3f, 4f], tensor.Floats!);
        Assert.Throws<InvalidDataException>(() => OnnxTensorFile.Read(path + "x"));
    }

    [Fact]
    public void External_data_are_read_from_the_models_folder_and_below()
    {
        folder.CreateSubdirectory("data");
        WriteData("weights.bin", 1, 2, 3);
        WriteData("data/weights.bin", 4, 5, 6);
        Assert.Equal([2f, 3f], Constant("weights.bin", offset: "4", length: "8"));
        Assert.Equal([4f, 5f], Constant("data/weights.bin"));
        Assert.Equal([1f, 2f], Constant("data/../weights.bin"));
    }

    [Theory]
    [InlineData("../outside.bin")]
    [InlineData("data/../../outside.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("absent.bin")]
    [InlineData("we\0ird")]
    [InlineData("link.bin")]
    [InlineData("linked/outside.bin")]
    public void External_data_outside_the_models_folder_are_refused(string location)
    {
        var model = folder.CreateSubdirectory("model").FullName;
        WriteData("outside.bin", 1, 2, 3);
        File.CreateSymbolicLink(Path.Combine(model, "link.bin"), Path.Combine(folder.FullName, "outside.bin"));
        Directory.CreateSymbolicLink(Path.Combine(model, "linked"), folder.FullName);
        ExternalError(External(location), model);
    }

    [Theory]
    [InlineData("8", null)]
    [InlineData("99999999999999", null)]
    [InlineData("9223372036854775807", "8")]
    [InlineData("-4", null)]
    [InlineData("four", null)]
    [InlineData("0", "12")]
    [InlineData("0", "4")]
    public void External_data_out_of_the_files_bounds_are_refused(string offset, string? length)
    {
        WriteData("weights.bin", 1, 2, 3);
        ExternalError(External("weights.bin", offset, length), folder.FullName);
    }

    [Fact]
    public void External_data_that_are_claimed_again_and_again_are_refused()
    {
        WriteData("weights.bin", 1, 2);
        var file = new OnnxFile().Input("x", 1, 2);
        for (var i = 0; i < 3; i++)
        {
            var tensor = External("weights.bin");
            tensor.Name = $"c{i}";
            file.Initializer(tensor).Node("Identity", [tensor.Name], [$"y{i}"]).Output($"y{i}");
        }

        Assert.Contains("claimed", Assert.Single(Import(file, folder.FullName).Errors).Message);
    }

    private static TensorProto Raw(ElementType type, int length, params byte[][] elements) => new()
    {
        Name = "t",
        Dims = { length },
        DataType = (int)type,
        RawData = ByteString.CopyFrom(elements.SelectMany(e => e).ToArray()),
    };

    private static TensorData Read(TensorProto tensor) => TensorReader.Read(tensor, null);

    private static void Refused(TensorProto tensor)
    {
        var error = Assert.Throws<OnnxFileException>(() => Read(tensor));
        Assert.Equal(ImportErrorId.Data, error.Id);
        Assert.Contains("'t'", error.Message);
    }

    private static TensorProto External(string location, string? offset = null, string? length = null)
    {
        var tensor = new TensorProto
        {
            Name = "c",
            Dims = { 2 },
            DataType = (int)ElementType.Float,
            DataLocation = TensorProto.Types.DataLocation.External,
        };
        foreach (var (key, value) in new[] { ("location", location), ("offset", offset), ("length", length) })
        {
            if (value is not null)
            {
                tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            }
        }

        return tensor;
    }

    private static ImportResult Import(OnnxFile file, string folder)
    {
        var path = Path.Combine(folder, "model.onnx");
        file.Write(path);
        return OnnxImporter.Import(path);
    }

    private static OnnxFile WithConstant(TensorProto tensor) =>
        new OnnxFile().Input("x", 1, 2).Initializer(tensor).Node("Identity", ["c"], ["y"]).Output("y");

    private static void ExternalError(TensorProto tensor, string folder)
    {
        var result = Import(WithConstant(tensor), folder);
        Assert.Null(result.Description);
        Assert.Equal(ImportErrorId.Data, Assert.Single(result.Errors).Id);
    }

    private float[] Constant(string location, string? offset = null, string? length = null)
    {
        var result = Import(WithConstant(External(location, offset, length)), folder.FullName);
        Assert.Empty(result.Errors);
        Assert.Equal(Path.GetFileName(location), Path.GetFileName(Assert.Single(result.ExternalFiles)));
        return Interpreter.Run(NetworkGraph.Create(result.Description!), [[0, 0]])[0];
    }

    private void WriteData(string name, params float[] values) =>
        File.WriteAllBytes(Path.Combine(folder.FullName, name), values.SelectMany(BitConverter.GetBytes).ToArray());
}
