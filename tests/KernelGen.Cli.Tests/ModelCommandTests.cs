namespace KernelGen.Cli.Tests;

/// <summary>inspect, verify, bench and evaluate.</summary>
public sealed class ModelCommandTests : IDisposable
{
    private readonly Workspace workspace = new();

    [Fact]
    public void InspectTellsEveryLayer()
    {
        var json = Tool.Run("inspect", workspace.Model, "--json").Json();
        Assert.Equal("tiny-2", json.GetProperty("name").GetString());
        var layers = json.GetProperty("layers").EnumerateArray().ToDictionary(l => l.GetProperty("name").GetString()!);

        // 9 taps for each of 4 maps over 28×28; source maps keep 5, 3, 9 and 3 taps, of 3 kernels each, of the second map only 2.
        Assert.Equal(36, layers["conv1"].GetProperty("weightsLeft").GetInt64());
        Assert.Equal(36 * 28 * 28, layers["conv1"].GetProperty("macsLeft").GetInt64());
        Assert.Equal((5 * 3) + (3 * 2) + (9 * 3) + (3 * 3), layers["conv2"].GetProperty("weightsLeft").GetInt64());
        Assert.Equal(1080, layers["fc"].GetProperty("weightsLeft").GetInt64());
        Assert.NotEqual("dense", layers["conv2"].GetProperty("sparsity").GetString());
        Assert.NotEmpty(layers["conv2"].GetProperty("reason").GetString()!);

        var table = Tool.Run("inspect", workspace.Model, "--why").Succeeded().Output;
        Assert.Contains("conv2", table, StringComparison.Ordinal);
        Assert.Contains("57", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--schedule", "unrolled")]
    [InlineData("--schedule", "loop")]
    [InlineData("--targets", "scalar")]
    public void VerifyFindsGeneratedCodeRight(string option, string value)
    {
        var json = Tool.Run("verify", workspace.Model, "--json", option, value).Json();
        Assert.True(json.GetProperty("ok").GetBoolean());
        Assert.Equal(10, json.GetProperty("samples").GetInt32());
        Assert.True(json.GetProperty("tensors")[0].GetProperty("maxReference").GetDouble() > 0);
    }

    [Fact]
    public void VerifyComparesLayersOnRealImages()
    {
        var run = Tool.Run("verify", workspace.Model, "--layers", "--data", "fashion-mnist-subset", "--samples", "3").Succeeded();
        Assert.All(new[] { "conv1", "relu1", "pool1", "conv2", "fc" }, l => Assert.Contains(l, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void VerifyFailsAboveTheTolerance()
    {
        var run = Tool.Run("verify", workspace.Model, "--tolerance", "1e-12", "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("\"ok\": false", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void BenchTimesTwoModelsInTurn()
    {
        var json = Tool.Run("bench", workspace.Model, "--against", workspace.Model, "--rounds", "3", "--json").Json();
        var models = json.GetProperty("models").EnumerateArray().ToList();
        Assert.Equal(2, models.Count);
        Assert.All(models, m => Assert.InRange(m.GetProperty("minimum").GetDouble(), 0.01, m.GetProperty("median").GetDouble()));
        Assert.True(json.GetProperty("ratio").GetDouble() > 0);
    }

    [Fact]
    public void BenchTimesEveryLayer()
    {
        var json = Tool.Run("bench", workspace.Model, "--layers", "--rounds", "3", "--json").Json();
        var layers = json.GetProperty("layers").EnumerateArray().ToList();
        Assert.Equal(
            Tool.Run("inspect", workspace.Model, "--json").Json().GetProperty("layers").EnumerateArray().Select(l => l.GetProperty("name").GetString()),
            layers.Select(l => l.GetProperty("layer").GetString()));
        Assert.Equal(layers.Sum(l => l.GetProperty("microseconds").GetDouble()), json.GetProperty("sum").GetDouble(), 6);
        Assert.True(json.GetProperty("whole").GetDouble() > 0);
        Assert.Equal(2, Tool.Run("bench", workspace.Model, "--layers", "--against", workspace.Model).ExitCode);
    }

    [Fact]
    public void BenchMeasuresWhatABuildCosts()
    {
        var result = Assert.Single(Tool.Run("bench", "--build", workspace.Model, "--targets", "scalar", "--json").Json().EnumerateArray());
        var cost = result.GetProperty("cost");
        Assert.Equal(1173, cost.GetProperty("weights").GetInt64());
        Assert.All(
            new[] { "generate", "compile", "sourceBytes", "assemblyBytes", "load", "firstInference", "jit", "inference", "workspaceBytes", "peakBytes" },
            figure => Assert.True(cost.GetProperty(figure).GetDouble() > 0, figure));
    }

    [Fact]
    public void BenchHasNetworksOfItsOwnToBuild()
    {
        var networks = Tool.Run("bench", "--build", "--largest", "1000", "--targets", "scalar", "--json").Json().EnumerateArray().ToList();
        Assert.Equal(2, networks.Count);
        Assert.All(networks, n => Assert.InRange(n.GetProperty("cost").GetProperty("weights").GetInt64(), 700, 1300));
    }

    [Fact]
    public void InspectShowsWhatTheJitMakesOfEveryMethod()
    {
        var methods = Tool.Run("inspect", workspace.Model, "--jit", "--targets", "128", "--json").Json().GetProperty("jit").EnumerateArray().ToList();
        Assert.Contains(methods, m => m.GetProperty("class").GetString() == "Kernels128" && m.GetProperty("method").GetString() == "Run");
        Assert.All(methods, m => Assert.Equal("Optimized", m.GetProperty("tier").GetString()));
        Assert.All(methods, m => Assert.True(m.GetProperty("nativeBytes").GetInt64() > 0));

        var table = Tool.Run("inspect", workspace.Model, "--jit").Succeeded();
        Assert.Contains("of limits", table.Output, StringComparison.Ordinal);
        Assert.Empty(table.Error);
    }

    [Fact]
    public void OnlyBuildsAreMeasuredWithoutAModel()
    {
        var run = Tool.Run("bench", "--rounds", "3");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("MODEL", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, Tool.Run("bench", "--build", workspace.Model, "--against", workspace.Model).ExitCode);
    }

    [Fact]
    public void EvaluateCountsErrors()
    {
        var json = Tool.Run("evaluate", workspace.Model, "--json").Json();
        var (errors, images) = (json.GetProperty("errors").GetInt32(), json.GetProperty("images").GetInt32());
        Assert.Equal(2000, images);
        Assert.InRange(errors, 1, images - 1); // random weights: neither perfect nor all wrong
        Assert.Equal(100.0 * errors / images, json.GetProperty("errorPercent").GetDouble(), 9);
    }

    public void Dispose() => workspace.Dispose();
}
