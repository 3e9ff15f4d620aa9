namespace KernelGen.Onnx.Format;

/// <summary>A file, or one tensor of it, cannot be read; the message says why and what to do.</summary>
/// <param name="id">One of <see cref="ImportErrorId"/>.</param>
internal sealed class OnnxFileException(string id, string message) : Exception(message)
{
    public string Id { get; } = id;
}
