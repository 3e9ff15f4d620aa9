using System.Globalization;
using System.Text.Json;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Tests.Reports;

public class SummaryWriterTests
{
    [Fact]
    public void WritesExactlyTheAgreedKeysInOrder()
    {
        using var json = JsonDocument.Parse(Write(SampleResult.Create()));
        var root = json.RootElement;
        Assert.Equal(
            [
                "network", "dataset", "seed", "testImages", "errorBefore", "errorAfter", "convWeightsBefore", "convWeightsAfter",
                "removedByGranularity", "macsBefore", "macsAfter", "microsecondsDense", "microsecondsPruned", "bytesDense",
                "bytesPruned", "assembly", "testSplit", "model", "initialized", "images", "epochs", "machine", "dense", "methods",
                "hypervolumeReference", "timeModel",
            ],
            Keys(root));
        Assert.Equal(["map", "kernel", "stride"], Keys(root.GetProperty("removedByGranularity")));
        Assert.Equal(["training", "search", "select", "report"], Keys(root.GetProperty("images")));
        Assert.Equal(["dense", "brief", "retraining"], Keys(root.GetProperty("epochs")));
        Assert.Equal(["samples", "networks", "meanError", "largestError"], Keys(root.GetProperty("timeModel")));
        Assert.Equal(["loss", "microseconds"], Keys(root.GetProperty("hypervolumeReference")));
        var method = root.GetProperty("methods")[0];
        Assert.Equal(["name", "isControl", "evaluations", "hypervolume", "front", "networks"], Keys(method));
        Assert.Equal(
            [
                "tolerance", "file", "assembly", "selectLoss", "withinTolerance", "error", "standardError", "loss", "standardErrorOfLoss",
                "pValue", "onlyDenseWrong", "onlyPrunedWrong", "maxDifference", "convWeights", "removedByGranularity", "denseWeights",
                "macs", "microseconds", "estimatedMicroseconds", "weightBytes", "workspaceBytes", "assemblyBytes", "retrainings", "layers",
            ],
            Keys(method.GetProperty("networks")[0]));
    }

    [Fact]
    public void The_first_network_of_the_search_stands_for_the_run()
    {
        using var json = JsonDocument.Parse(Write(SampleResult.Create(tolerances: 1)));
        var root = json.RootElement;
        Assert.Equal("lenet <20-50>", root.GetProperty("network").GetString());
        Assert.Equal(2000, root.GetProperty("testImages").GetInt32());
        Assert.Equal(11.0, root.GetProperty("errorBefore").GetDouble());
        Assert.Equal(11.4, root.GetProperty("errorAfter").GetDouble());
        Assert.Equal(14.2, root.GetProperty("microsecondsPruned").GetDouble());
        Assert.Equal(700_416, root.GetProperty("bytesPruned").GetInt64());
        Assert.Equal(Path.Combine("out", "Lenet_20_50_Pruned_0_5.dll"), root.GetProperty("assembly").GetString());
    }

    [Fact]
    public void Every_method_and_tolerance_is_there_with_its_test()
    {
        var result = SampleResult.Create();
        using var json = JsonDocument.Parse(Write(result));
        var methods = json.RootElement.GetProperty("methods").EnumerateArray().ToList();
        Assert.Equal(result.Methods.Select(m => m.Name), methods.Select(m => m.GetProperty("name").GetString()));
        foreach (var (method, text) in result.Methods.Zip(methods))
        {
            var networks = text.GetProperty("networks").EnumerateArray().ToList();
            Assert.Equal(SampleResult.Tolerances, networks.Select(n => n.GetProperty("tolerance").GetDouble()));
            Assert.Equal(method.Networks.Select(n => n.File), networks.Select(n => n.GetProperty("file").GetString()));
            Assert.Equal(
                method.Networks.Select(n => PairedStatistics.McNemar(n.OnlyDenseWrong, n.OnlyPrunedWrong)),
                networks.Select(n => n.GetProperty("pValue").GetDouble()));
            Assert.All(networks, n => Assert.Equal(4, n.GetProperty("layers").GetArrayLength()));
        }
    }

    [Fact]
    public void A_run_that_retrained_nothing_is_written_too()
    {
        var result = SampleResult.Create(withControls: false);
        using var json = JsonDocument.Parse(Write(result with { Methods = [result.Methods[0] with { Networks = [], Front = [] }] }));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("errorAfter").ValueKind);
    }

    [Fact]
    public void Is_the_same_under_every_culture()
    {
        var expected = Write(SampleResult.Create());
        HostileCulture.Run(() => Assert.Equal(expected, Write(SampleResult.Create())));
    }

    private static string Write(PruneResult result)
    {
        var path = Path.GetTempFileName();
        try
        {
            SummaryWriter.Write(result, path, "out");
            return File.ReadAllText(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static IEnumerable<string> Keys(JsonElement element) => element.EnumerateObject().Select(p => p.Name);
}

/// <summary>A culture in which every number that is written or read without saying how goes wrong.</summary>
internal static class HostileCulture
{
    public static void Run(Action action)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            var hostile = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            hostile.NumberFormat.NumberDecimalSeparator = ",";
            hostile.NumberFormat.NumberGroupSeparator = "'";
            hostile.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = hostile;
            action();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
