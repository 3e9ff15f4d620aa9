using System.Text.Json;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Tests.Reports;

public class SummaryWriterTests
{
    [Fact]
    public void WritesExactlyTheAgreedKeysInOrder()
    {
        var path = Path.GetTempFileName();
        try
        {
            SummaryWriter.Write(SampleResult.Create(), path);
            using var json = JsonDocument.Parse(File.ReadAllText(path));
            var root = json.RootElement;
            Assert.Equal(
                [
                    "network", "dataset", "seed", "testImages", "errorBefore", "errorAfter", "convWeightsBefore", "convWeightsAfter",
                    "removedByGranularity", "macsBefore", "macsAfter", "microsecondsDense", "microsecondsPruned", "bytesDense",
                    "bytesPruned", "assembly", "testSplit", "model", "initialized",
                ],
                root.EnumerateObject().Select(p => p.Name));
            Assert.Equal(["map", "kernel", "stride"], root.GetProperty("removedByGranularity").EnumerateObject().Select(p => p.Name));
            Assert.Equal(11.0, root.GetProperty("errorBefore").GetDouble());
            Assert.Equal(11.65, root.GetProperty("errorAfter").GetDouble());
            Assert.Equal("lenet <20-50>", root.GetProperty("network").GetString());
            Assert.Equal(11.5, root.GetProperty("microsecondsPruned").GetDouble());
            Assert.Equal(700_416, root.GetProperty("bytesPruned").GetInt64());
        }
        finally
        {
            File.Delete(path);
        }
    }
}
