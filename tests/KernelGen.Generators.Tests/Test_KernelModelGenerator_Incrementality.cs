using System.Collections;
using System.Reflection;
using KernelGen.Model;
using KernelGen.Tests;
using Microsoft.CodeAnalysis;

namespace KernelGen.Generators.Tests;

public sealed class Test_KernelModelGenerator_Incrementality
{
    private const string Attributed = """
        [KernelGen.KernelModel("named.kgn")]
        internal partial class Named;
        """;

    private static readonly string[] AllSteps =
        [.. typeof(Steps).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!)];

    private static readonly TestProject Project = TestProject
        .With(
            TestFile.Model("first.kgn", DescriptionWriter.Write(SmallNetworks.All["dense"])),
            TestFile.Model("second.kgn", DescriptionWriter.Write(SmallNetworks.All["strided"])),
            new TestFile("named.kgn", DescriptionWriter.Write(SmallNetworks.All["free"])))
        .WithSource(Attributed)
        .WithSource("class Other { int x; }", TestProject.Directory + "/Other.cs");

    [Fact]
    public void EveryStepIsCachedAfterAnUnrelatedEdit()
    {
        var first = Run();

        var second = Rerun(first, Replace("Other.cs", "class Other { string? y; }"));

        AssertCached(second, AllSteps);
        Assert.All(second.TrackedOutputSteps.SelectMany(s => s.Value).SelectMany(s => s.Outputs), AssertCached);
    }

    [Fact]
    public void NothingAfterTheClassesRunsWhenAnAttributedClassMoves()
    {
        var first = Run();

        var second = Rerun(first, Replace("Source.cs", "// A comment that moves the class.\n" + Attributed));

        Assert.Contains(IncrementalStepRunReason.Modified, Reasons(second, Steps.Classes));
        AssertCached(second, AllSteps.Except([Steps.Classes]));
    }

    [Fact]
    public void OnlyTheEditedNetworkIsGeneratedAgain()
    {
        var first = Run();
        var texts = Project.Files.Select(f => f.ToAdditionalText()).ToArray();
        var before = first.Driver.ReplaceAdditionalTexts([.. texts]).RunGenerators(first.Compilation);
        var changed = (Project.Files[1] with { Text = DescriptionWriter.Write(SmallNetworks.All["kernels"]) }).ToAdditionalText();

        var second = before.ReplaceAdditionalText(texts[1], changed).RunGenerators(first.Compilation).GetRunResult().Results.Single();

        AssertCached(second, [Steps.Project, Steps.Item, Steps.Items, Steps.Classes, Steps.Declaration, Steps.Declarations, Steps.Plan]);
        foreach (var step in new[] { Steps.Files, Steps.Networks, Steps.Jobs, Steps.Sources })
        {
            Assert.Equal(1, Reasons(second, step).Count(r => r == IncrementalStepRunReason.Modified));
            Assert.Equal(2, Reasons(second, step).Count(r => r is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged));
        }

        Assert.Equal(1, ChangedSources(first.Result, second));
    }

    [Fact]
    public void AnEditThatLeavesTheNetworkTheSameIsNotGeneratedAgain()
    {
        var first = Run();
        var texts = Project.Files.Select(f => f.ToAdditionalText()).ToArray();
        var before = first.Driver.ReplaceAdditionalTexts([.. texts]).RunGenerators(first.Compilation);
        var changed = (Project.Files[1] with { Text = Project.Files[1].Text + "\n\n" }).ToAdditionalText();

        var second = before.ReplaceAdditionalText(texts[1], changed).RunGenerators(first.Compilation).GetRunResult().Results.Single();

        Assert.Contains(IncrementalStepRunReason.Modified, Reasons(second, Steps.Files));
        AssertCached(second, AllSteps.Except([Steps.Files]));
    }

    [Fact]
    public void TheSameContentInAnotherCompilationIsNotCompiledAgain()
    {
        var first = Project.Generate().Networks;
        var second = Project.Generate().Networks;

        Assert.Equal(first.Keys.Order(), second.Keys.Order());
        Assert.All(first, pair => Assert.Same(pair.Value, second[pair.Key]));
    }

    [Fact]
    public void NoStepHoldsOnToACompilation()
    {
        var result = Run().Result;

        foreach (var step in AllSteps)
        {
            foreach (var output in result.TrackedSteps[step].SelectMany(s => s.Outputs))
            {
                AssertPlain(output.Value, step, new HashSet<object>(ReferenceEqualityComparer.Instance));
            }
        }
    }

    private static (GeneratorDriver Driver, Compilation Compilation, GeneratorRunResult Result) Run()
    {
        var compilation = Project.CreateCompilation();
        var driver = Project.CreateDriver().RunGenerators(compilation);
        var result = driver.GetRunResult().Results.Single();
        Assert.Empty(result.Diagnostics);
        Assert.Equal(AllSteps.Order(), result.TrackedSteps.Keys.Where(k => k.StartsWith("KernelGen.", StringComparison.Ordinal)).Order());
        return (driver, compilation, result);
    }

    private static GeneratorRunResult Rerun(
        (GeneratorDriver Driver, Compilation Compilation, GeneratorRunResult Result) first,
        Func<Compilation, Compilation> edit) =>
        first.Driver.RunGenerators(edit(first.Compilation.Clone())).GetRunResult().Results.Single();

    private static Func<Compilation, Compilation> Replace(string file, string text) => compilation =>
    {
        var tree = compilation.SyntaxTrees.Single(t => t.FilePath.EndsWith(file, StringComparison.Ordinal));
        return compilation.ReplaceSyntaxTree(tree, TestProject.Parse(tree.FilePath, text));
    };

    private static IEnumerable<IncrementalStepRunReason> Reasons(GeneratorRunResult result, string step) =>
        result.TrackedSteps[step].SelectMany(s => s.Outputs).Select(o => o.Reason);

    private static void AssertCached(GeneratorRunResult result, IEnumerable<string> steps)
    {
        foreach (var step in steps)
        {
            var outputs = result.TrackedSteps[step].SelectMany(s => s.Outputs).ToList();
            Assert.NotEmpty(outputs);
            Assert.All(outputs, AssertCached);
        }
    }

    private static void AssertCached((object Value, IncrementalStepRunReason Reason) output) =>
        Assert.True(output.Reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged, $"{output.Reason}: {output.Value}");

    private static int ChangedSources(GeneratorRunResult first, GeneratorRunResult second)
    {
        var texts = second.GeneratedSources.ToDictionary(s => s.HintName, s => s.SourceText.ToString());
        return first.GeneratedSources.Count(s => texts[s.HintName] != s.SourceText.ToString());
    }

    private static void AssertPlain(object? value, string step, HashSet<object> seen)
    {
        if (value is null || value is string || value.GetType().IsPrimitive || !seen.Add(value))
            return;
        Assert.False(
            value is Compilation or ISymbol or SyntaxNode or SyntaxTree or Location or Diagnostic or AdditionalText,
            $"{step} holds a {value.GetType()}");
        if (value is IEnumerable list)
        {
            foreach (var element in list)
            {
                AssertPlain(element, step, seen);
            }
        }

        foreach (var field in value.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (!field.FieldType.IsPointer && !field.FieldType.IsByRef)
                AssertPlain(field.GetValue(value), step, seen);
        }
    }
}
