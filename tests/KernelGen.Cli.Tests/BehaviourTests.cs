namespace KernelGen.Cli.Tests;

/// <summary>What all commands have in common: help, errors, exit codes, plain output.</summary>
public sealed class BehaviourTests : IDisposable
{
    private readonly Workspace workspace = new();

    [Theory]
    [InlineData("prune")]
    [InlineData("study")]
    [InlineData("train")]
    [InlineData("import")]
    [InlineData("export")]
    [InlineData("evaluate")]
    [InlineData("compile")]
    [InlineData("pack")]
    [InlineData("emit")]
    [InlineData("inspect")]
    [InlineData("verify")]
    [InlineData("bench")]
    [InlineData("data")]
    [InlineData("data", "list")]
    [InlineData("data", "show")]
    public void HelpEndsWithExamples(params string[] command)
    {
        var output = Tool.Run([.. command, "--help"]).Succeeded().Output;
        var examples = output[output.IndexOf("Examples:", StringComparison.Ordinal)..];
        Assert.Contains("kernelgen " + command[0], examples, StringComparison.Ordinal);
    }

    [Fact]
    public void HelpNamesEveryCommandAndTheExitCodes()
    {
        var output = Tool.Run("--help").Succeeded().Output;
        Assert.All(
            new[] { "prune", "study", "train", "import", "export", "evaluate", "compile", "pack", "emit", "inspect", "verify", "bench", "data", "130" },
            word => Assert.Contains(word, output, StringComparison.Ordinal));
    }

    [Fact]
    public void APartOfAStudyThatNoJobIsOfIsRefused()
    {
        var plan = workspace.At("plan.json");
        File.WriteAllText(plan, """{ "defaults": {}, "entries": [{ "network": "lenet-5" }] }""");
        Assert.Contains("lenet-5", Tool.Run("study", "--plan", plan, "--only", "lenet", "--list").Succeeded().Output, StringComparison.Ordinal);
        var run = Tool.Run("study", "--plan", plan, "--only", "resnet", "--list");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--only resnet: no job", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ADamagedFileIsRefusedWithItsPlace()
    {
        var text = File.ReadAllText(workspace.Model);
        var broken = workspace.At("broken.kgn");
        File.WriteAllText(broken, text[..(text.Length / 2)]);
        var run = Tool.Run("inspect", broken);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Matches(@"^.*broken\.kgn\(\d+,\d+\): error KG\d{4}: ", run.Error);
        AssertNoTrace(run);
    }

    [Theory]
    [InlineData("nosuch.kgn", "inspect", "nosuch.kgn")]
    [InlineData("MODEL", "inspect")]
    [InlineData("inspects", "inspects", "x.kgn")]
    [InlineData("--samples", "verify", "x.kgn", "--samples", "0")]
    [InlineData("many", "verify", "x.kgn", "--samples", "many")]
    [InlineData("fast", "bench", "x.kgn", "--schedule", "fast")]
    [InlineData("no-such-set", "data", "show", "no-such-set")]
    [InlineData("alexnet", "train", "--network", "alexnet")]
    [InlineData("alexnet", "prune", "--network", "alexnet")]
    [InlineData("no candidate could survive", "prune", "--tolerance", "0", "--retraining-gain", "0")]
    [InlineData("--epochs", "train", "--epochs", "0")]
    [InlineData("--tolerance", "prune", "--tolerance", "-1")]
    [InlineData("--retraining-gain: '1e999' is not a number", "prune", "--retraining-gain", "1e999")]
    [InlineData("--learning-rate: '0' is not a number of at least", "prune", "--learning-rate", "0")]
    [InlineData("'single'", "prune", "--precision", "half")]
    [InlineData("--minimum-share: the granularities", "prune", "--minimum-share", "40")]
    [InlineData("no-such-set", "prune", "--data", "no-such-set")]
    [InlineData("--network and --model", "prune", "--model", "x.onnx", "--network", "lenet-5")]
    [InlineData("--initialize is for a --model", "prune", "--initialize")]
    [InlineData("a result of an earlier run in out", "prune", "--model", "out/pruned-1.kgn", "-o", "out/")]
    [InlineData("a result of an earlier run in .", "prune", "--model", "dense.kgn", "-o", ".")]
    [InlineData("a result of an earlier run in out", "prune", "--model", "out/controls/uniform-2.kgn")]
    [InlineData("pruned.onnx", "prune", "--model", "pruned.onnx", "-o", ".")]
    [InlineData("nosuch.onnx", "prune", "--model", "nosuch.onnx")]
    [InlineData("x.kgn is no .onnx file", "import", "x.kgn")]
    [InlineData("'what'", "inspect", "x.onnx", "--shape", "what")]
    [InlineData("--plan", "study")]
    [InlineData("nosuch.json", "study", "--plan", "nosuch.json")]
    [InlineData("nowhere has no finished job", "study", "--write", "search", "-o", "nowhere")]
    [InlineData("--retime goes with --write", "study", "--write", "search", "-o", "nowhere", "--retime")]
    [InlineData("--retime goes with --write", "study", "--plan", "nosuch.json", "--retime")]
    [InlineData("nowhere is no folder", "verify", "MODEL", "--vectors", "nowhere")]
    public void BadUsageIsNamedAndExitCodeTwo(string named, params string[] arguments)
    {
        var run = Tool.Run([.. arguments.Select(a => a == "MODEL" ? workspace.Model : a)]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
        AssertNoTrace(run);
    }

    [Fact]
    public void RedirectedOutputHasNoEscapeCodes()
    {
        (string, string)[] terminal = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("FORCE_COLOR", "1")];
        foreach (var arguments in new string[][] { ["inspect", workspace.Model], ["data", "list"], ["--help"], ["verify", workspace.Model] })
        {
            var run = Tool.Run(arguments, terminal).Succeeded();
            Assert.DoesNotContain('\u001b', run.Output);
            Assert.DoesNotContain('\u001b', run.Error);
            Assert.DoesNotContain("[/]", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void DataListsTheEmbeddedImages()
    {
        var json = Tool.Run("data", "show", "fashion-mnist-subset", "--json").Json();
        Assert.Equal(2000, json.GetProperty("testImages").GetInt32());
        Assert.Equal(10, json.GetProperty("classes").GetArrayLength());
        Assert.Contains("fashion-mnist-subset", Tool.Run("data", "list").Succeeded().Output, StringComparison.Ordinal);
    }

    public void Dispose() => workspace.Dispose();

    private static void AssertNoTrace(ToolRun run)
    {
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.InRange(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 1, 3);
    }
}
