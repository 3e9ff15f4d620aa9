using Xunit;

namespace KernelGen.Onnx.Conformance;

/// <summary>The standard's own tests. They are skipped where the package with them is not installed.</summary>
public class StandardTests
{
    private static readonly Lazy<Task<ConformanceRun>> Run = new(() => ConformanceRun.Start(OperatorTest.All(Suite.DefaultFolder), compile: true));

    [SkippableFact]
    public async Task Nothing_is_wrong_and_nothing_crashes()
    {
        SkipWithoutData();
        var run = await Run.Value;
        Assert.Equal([], run.Results.Where(r => r.Outcome is Outcome.Wrong or Outcome.Crashed).Select(r => r.ToString()));
    }

    [SkippableFact]
    public async Task The_support_table_is_current()
    {
        SkipWithoutData();
        var run = await Run.Value;
        Skip.IfNot(SupportTable.IsComplete(run), "This machine lacks a vector width that the table speaks of.");
        Assert.Equal(await File.ReadAllTextAsync(SupportTable.Path), SupportTable.Markdown(run));
    }

    private static void SkipWithoutData() =>
        Skip.IfNot(Directory.Exists(Suite.DefaultFolder), $"There is no {Suite.DefaultFolder}: install the Debian package libonnx-testdata.");
}
