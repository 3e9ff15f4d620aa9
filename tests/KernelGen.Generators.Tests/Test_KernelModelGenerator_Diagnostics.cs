using KernelGen.Model;
using KernelGen.Tests;
using Microsoft.CodeAnalysis;

namespace KernelGen.Generators.Tests;

public sealed class Test_KernelModelGenerator_Diagnostics
{
    private static readonly string Good = DescriptionWriter.Write(SmallNetworks.All["classifier"]);

    // That the reader finds the right place is shown by its own tests; here it has to arrive.
    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void ErrorsOfTheDescriptionArriveWithTheirPlace(string id, string text)
    {
        const string Path = "/repo/app/nets/net.kgn";
        var errors = DescriptionReader.Read(text).Errors
            .Select(e => (e.Id, Message: FormattableString.Invariant($"{Path}({e.Line},{e.Column}): {e.Message}"), e.Line, e.Column))
            .OrderBy(e => e.Id, StringComparer.Ordinal)
            .ThenBy(e => e.Message, StringComparer.Ordinal)
            .ToList();

        var generation = TestProject.With(TestFile.Model("nets/net.kgn", text)).Generate();

        Assert.Contains(errors, e => e.Id == id);
        Assert.Equal(errors.Select(e => (e.Id, e.Message)), generation.Diagnostics.Select(d => (d.Id, d.GetMessage(null))));
        foreach (var (diagnostic, error) in generation.Diagnostics.Zip(errors))
        {
            Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
            AssertAt(diagnostic, Path, error.Line, error.Column);
        }

        Assert.Empty(generation.Networks);
    }

    /// <summary>One good file, broken by one replacement per rule.</summary>
    public static TheoryData<string, string> BrokenFiles() => new()
    {
        { ProblemId.Syntax, string.Empty },
        { ProblemId.Syntax, Good[..(Good.Length / 2)] },
        { ProblemId.Key, Replaced("\"units\"", "\"unit\"") },
        { ProblemId.Key, Replaced("\"op\": \"relu\"", "\"op\": \"relu\", \"op\": \"relu\"") },
        { ProblemId.Missing, Replaced("\"units\": 3,", string.Empty) },
        { ProblemId.Value, Replaced("\"units\": 3", "\"units\": -3") },
        { ProblemId.Weights, Replaced("tokGvyxQ", "tokGvy!Q") },
        { ProblemId.Shape, Replaced("\"shape\": [1, 8, 8]", "\"shape\": [1, 2, 2]") },
        { ProblemId.Graph, Replaced("\"inputs\": [\"conv\"]", "\"inputs\": [\"nothing\"]") },
        { ProblemId.Limit, Replaced("\"shape\": [1, 8, 8]", "\"shape\": [1, 2000000000, 2000000000]") },
        { ProblemId.Format, Replaced("kernelgen-network", "another-network") },
        { ProblemId.Format, Replaced("\"version\": 1", "\"version\": 2") },
    };

    [Fact]
    public void ThePlaceOfAnErrorIsLineAndColumnFromOne()
    {
        var diagnostic = Assert.Single(TestProject.With(TestFile.Model("net.kgn", "{\n  !")).Generate().Diagnostics);

        Assert.Equal("KG0001", diagnostic.Id);
        Assert.StartsWith("/repo/app/net.kgn(2,3): ", diagnostic.GetMessage(null), StringComparison.Ordinal);
        AssertAt(diagnostic, "/repo/app/net.kgn", 2, 3);
    }

    [Fact]
    public void ABrokenFileLeavesTheOthersAlone()
    {
        var generation = TestProject.With(TestFile.Model("bad.kgn", "{"), TestFile.Model("good.kgn", Good)).Generate();

        Assert.All(generation.Diagnostics, d => Assert.Contains("bad.kgn", d.GetMessage(null), StringComparison.Ordinal));
        Assert.Single(generation.Networks);
    }

    [Theory]
    [InlineData("Class", "2nd", "Class is '2nd', which is not a valid C# identifier")]
    [InlineData("Class", "class", "Class is 'class', which is not a valid C# identifier")]
    [InlineData("Class", "A.B", "Class is 'A.B', which is not a valid C# identifier")]
    [InlineData("Namespace", "A..B", "Namespace is 'A..B', which is not a valid C# namespace")]
    public void InvalidName(string metadata, string value, string message) =>
        AssertError("KG0101", 1, 1, message, (metadata, value));

    [Theory]
    [InlineData("Access", "private", "Access is 'private', but must be public or internal")]
    [InlineData("Schedule", "Fastest", "Schedule is 'Fastest', but must be one of Auto, Unrolled, Loop, Winograd, Sparse")]
    [InlineData("Schedule", "1", "Schedule is '1', but must be one of Auto, Unrolled, Loop, Winograd, Sparse")]
    [InlineData("Targets", "512,1024", "Targets is '512,1024', but must be a list of 512, 256, 128, scalar")]
    [InlineData("Targets", ",", "Targets is ',', but must be a list of 512, 256, 128, scalar")]
    [InlineData("UnrollBudget", "-1", "UnrollBudget is '-1', but must be a whole number, 0 or more")]
    [InlineData("UnrollBudget", "1e3", "UnrollBudget is '1e3', but must be a whole number, 0 or more")]
    public void InvalidOption(string metadata, string value, string message) =>
        AssertError("KG0105", 1, 1, message, (metadata, value));

    [Fact]
    public void InvalidOptionOfTheProjectIsReportedOnce()
    {
        var generation = TestProject
            .With(TestFile.Model("a.kgn", Good), TestFile.Model("b.kgn", Good))
            .WithProperty("KernelGenSchedule", "Fastest")
            .Generate();

        var diagnostic = Assert.Single(generation.Diagnostics);
        Assert.Equal("KG0105", diagnostic.Id);
        Assert.Equal("KernelGenSchedule is 'Fastest', but must be one of Auto, Unrolled, Loop, Winograd, Sparse", diagnostic.GetMessage(null));
        Assert.Equal(Location.None, diagnostic.Location);
        Assert.Equal(2, generation.Networks.Count);
    }

    [Fact]
    public void ClassesClash()
    {
        var generation = TestProject.With(TestFile.Model("a/net.kgn", Good), TestFile.Model("b/net.kgn", Good)).Generate();

        var diagnostic = Assert.Single(generation.Diagnostics);
        Assert.Equal("KG0102", diagnostic.Id);
        AssertAt(diagnostic, "/repo/app/b/net.kgn", 1, 1);
        Assert.Equal(
            "/repo/app/b/net.kgn(1,1): The class 'App.Net' is already generated for /repo/app/a/net.kgn; give one of them another Class or Namespace",
            diagnostic.GetMessage(null));
        Assert.Single(generation.Networks);
    }

    [Fact]
    public void FileOfAnAttributeIsMissing()
    {
        var generation = TestProject
            .With(new TestFile("net.kgn", Good))
            .WithSource("""
                namespace App;

                [System.Serializable, KernelGen.KernelModel("nets/missing.kgn")]
                partial class Net;
                """)
            .Generate();

        var diagnostic = Assert.Single(generation.Diagnostics);
        Assert.Equal("KG0103", diagnostic.Id);
        AssertAt(diagnostic, "/repo/app/Source.cs", 3, 23);
        Assert.Equal(
            "/repo/app/Source.cs(3,23): 'nets/missing.kgn' is not among the project's description files; add <AdditionalFiles Include=\"nets/missing.kgn\" /> to the project file",
            diagnostic.GetMessage(null));
    }

    [Theory]
    [InlineData("class Net;", "it is not partial")]
    [InlineData("partial class Net<T>;", "it is generic")]
    [InlineData("file partial class Net;", "it is local to its file")]
    [InlineData("partial record Net;", "it is a record")]
    [InlineData("static partial class Net;", "it is static")]
    [InlineData("abstract partial class Net;", "it is abstract")]
    public void ClassCannotBeCompleted(string declaration, string reason)
    {
        var generation = TestProject
            .With(new TestFile("net.kgn", Good))
            .WithSource($"""  [KernelGen.KernelModel("net.kgn")] {declaration}""")
            .Generate();

        var diagnostic = Assert.Single(generation.Diagnostics);
        Assert.Equal("KG0104", diagnostic.Id);
        AssertAt(diagnostic, "/repo/app/Source.cs", 1, 4);
        Assert.Equal(
            $"/repo/app/Source.cs(1,4): 'Net' must be a partial, top-level, non-generic class, but {reason}",
            diagnostic.GetMessage(null));
        Assert.Empty(generation.Networks);
    }

    [Fact]
    public void NestedClassCannotBeCompleted()
    {
        var generation = TestProject
            .With(new TestFile("net.kgn", Good))
            .WithSource("""partial class Outer { [KernelGen.KernelModel("net.kgn")] partial class Net; }""")
            .Generate();

        var diagnostic = Assert.Single(generation.Diagnostics);
        Assert.Equal("KG0104", diagnostic.Id);
        Assert.EndsWith("it is nested in another type", diagnostic.GetMessage(null), StringComparison.Ordinal);
    }

    [Fact]
    public void UnreadableFile()
    {
        var diagnostic = Assert.Single(TestProject.With(TestFile.Model("net.kgn", null)).Generate().Diagnostics);

        Assert.Equal("KG0107", diagnostic.Id);
        AssertAt(diagnostic, "/repo/app/net.kgn", 1, 1);
    }

    private static string Replaced(string part, string replacement)
    {
        Assert.Contains(part, Good, StringComparison.Ordinal);
        var at = Good.IndexOf(part, StringComparison.Ordinal);
        return Good[..at] + replacement + Good[(at + part.Length)..];
    }

    private static void AssertError(string id, int line, int column, string message, params (string Name, string Value)[] metadata)
    {
        var diagnostic = Assert.Single(TestProject.With(TestFile.Model("net.kgn", Good, metadata)).Generate().Diagnostics);

        Assert.Equal(id, diagnostic.Id);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        AssertAt(diagnostic, "/repo/app/net.kgn", line, column);
        Assert.Equal(FormattableString.Invariant($"/repo/app/net.kgn({line},{column}): {message}"), diagnostic.GetMessage(null));
    }

    private static void AssertAt(Diagnostic diagnostic, string path, int line, int column)
    {
        var span = diagnostic.Location.GetLineSpan();
        Assert.Equal((path, line, column), (span.Path, span.StartLinePosition.Line + 1, span.StartLinePosition.Character + 1));
    }
}
