namespace KernelGen.Onnx.Conformance;

/// <summary>Where the standard's tests lie.</summary>
internal static class Suite
{
    /// <summary>Of Debian's package <c>libonnx-testdata</c>.</summary>
    public const string DefaultFolder = "/usr/share/libonnx-testdata/data";
}
