using KernelGen.Model.Tests;
using KernelGen.Onnx.Operators;

namespace KernelGen.Onnx.Tests;

/// <summary>The models that these tests put together have every operator, so that the importer is tested where the standard's tests are not installed.</summary>
public class CoverageTests
{
    [Fact]
    public void Every_operator_is_in_a_model_of_our_own()
    {
        var tests = string.Concat(Directory.GetFiles(Repository.PathOf("tests/KernelGen.Onnx.Tests"), "*Tests.cs", SearchOption.TopDirectoryOnly).Select(File.ReadAllText));
        var missing = OperatorTable.Names.Select(WithoutDomain).Where(op => !tests.Contains($"\"{op}\"", StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    private static string WithoutDomain(string op) => op[(op.LastIndexOf('.') + 1)..];
}
