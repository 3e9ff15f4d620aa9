using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>What the import of a test's model must give.</summary>
internal static class ImportAssert
{
    /// <summary>The network; fails if there are errors.</summary>
    public static NetworkDescription Imported(OnnxFile file)
    {
        var result = file.Import();
        Assert.Empty(result.Errors);
        return result.Description!;
    }

    /// <summary>The one error; fails if there is a network, or another number of errors.</summary>
    public static ImportError OnlyError(OnnxFile file, ImportOptions? options = null)
    {
        var result = file.Import(options);
        Assert.Null(result.Description);
        return Assert.Single(result.Errors);
    }

    /// <summary>The network's outputs by the reference interpreter.</summary>
    public static float[][] Run(NetworkDescription description, params float[][] inputs) =>
        Interpreter.Run(NetworkGraph.Create(description), inputs);
}
