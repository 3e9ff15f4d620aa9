using Google.Protobuf;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Format;

/// <summary>Reads a file that holds one protobuf message.</summary>
internal static class MessageFile
{
    /// <summary>Protobuf's own limit.</summary>
    private const long MaximumBytes = int.MaxValue;

    /// <param name="kind">What the file should be, for messages, e.g. <c>ONNX model</c>.</param>
    /// <exception cref="OnnxFileException">There is no such file, or it does not hold such a message.</exception>
    public static T Read<T>(string path, MessageParser<T> parser, string kind)
        where T : class, IMessage<T>, new()
    {
        var bytes = ReadBytes(path, kind);
        if (MessageCount.IsAbove(MessageCount.Maximum, bytes, new T().Descriptor))
        {
            throw Broken(FormattableString.Invariant($"it has more than {MessageCount.Maximum} nodes, attributes, tensors and other parts"));
        }

        try
        {
            return parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw Broken($"it is truncated, damaged or something else ({e.Message})");
        }

        OnnxFileException Broken(string why) => new(ImportErrorId.File, $"The file {Text.Quote(path)} cannot be read as an {kind}: {why}.");
    }

    private static byte[] ReadBytes(string path, string kind)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaximumBytes)
            {
                throw new OnnxFileException(
                    ImportErrorId.File,
                    FormattableString.Invariant($"The file {Text.Quote(path)} has {file.Length} bytes; at most {MaximumBytes} are supported. ")
                        + "Save the weights as external data.");
            }

            var bytes = new byte[file.Length];
            if (bytes.Length == 0 || !Fill(file, bytes))
            {
                throw new OnnxFileException(ImportErrorId.File, $"The file {Text.Quote(path)} is empty; it should be an {kind}.");
            }

            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new OnnxFileException(ImportErrorId.File, $"The file {Text.Quote(path)} cannot be opened: {Text.OneLine(e.Message)}");
        }
    }

    /// <returns>False if the stream ends first.</returns>
    public static bool Fill(Stream stream, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var count = stream.Read(bytes, at, bytes.Length - at);
            if (count == 0)
            {
                return false;
            }

            at += count;
        }

        return true;
    }
}
