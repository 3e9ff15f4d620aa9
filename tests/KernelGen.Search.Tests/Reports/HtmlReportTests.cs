using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KernelGen.Search.Evolution;
using KernelGen.Search.Latency;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Tests.Reports;

public class HtmlReportTests
{
    /// <summary>Runs with nothing, little, or everything to show.</summary>
    public static TheoryData<string> Kinds => [.. Results.Keys];

    private static Dictionary<string, PruneResult> Results => new()
    {
        ["everything"] = SampleResult.Create(),
        ["one tolerance, no controls"] = SampleResult.Create(withControls: false, tolerances: 1),
        ["controls that are not retrained"] = Alter(m => m with { Networks = m.Name == "evolution" ? m.Networks : [] }),
        ["nothing retrained"] = Alter(m => m with { Networks = [] }),
        ["nothing found"] = Alter(m => m with { Networks = [], Front = [], Evaluations = 0, Hypervolume = 0 }) with { Generations = [] },
        ["one point"] = Alter(m => m with { Networks = [m.Networks[0]], Front = [new FrontPoint(0, 10)] }, withControls: false) with
        {
            Generations = [new GenerationRecord(0, [new ParticleRecord(10, 10, true)])],
        },
        ["no times, no weights, no losses"] = Alter(m => m with { Networks = [.. m.Networks.Select(Nothing)], Front = [new FrontPoint(0, 0)] }) with
        {
            Dense = new NetworkMeasurement(0, 0, 0, 0, 0, 0, 0),
            Reference = new FrontPoint(0, 0),
            TestErrorsDense = 0,
            TimeModel = new TimeModelCheck(0, 0, 0, 0),
            Generations = [new GenerationRecord(0, [])],
        },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Everything_that_is_drawn_lies_within_its_picture(string kind)
    {
        var html = HtmlReport.Render(Results[kind], null);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", html, StringComparison.Ordinal);
        foreach (var picture in Pictures(html))
        {
            var size = Numbers((string)picture.Attribute("viewBox")!);
            foreach (var (x, y) in picture.Descendants().SelectMany(Corners))
            {
                Assert.InRange(x, 0, size[2]);
                Assert.InRange(y, 0, size[3]);
            }
        }
    }

    [Fact]
    public void The_front_shows_every_method_and_tolerance_with_a_marker_of_its_own()
    {
        var result = SampleResult.Create();
        var picture = Pictures(HtmlReport.Render(result, null))[0];
        var shapes = picture.Descendants("path").GroupBy(Shape).ToDictionary(g => g.Key, g => g.Count());
        var perMethod = SampleResult.Tolerances.Length + 1; // one more in the legend
        Assert.Equal(result.Methods.Count + 1, shapes.Count); // and the dense network
        Assert.Equal(result.Methods.Count, shapes.Count(s => s.Value == perMethod));
        var texts = picture.Descendants("text").Select(t => t.Value).ToList();
        Assert.All(result.Methods, m => Assert.Contains(m.Name, texts));
        Assert.All(SampleResult.Tolerances, t => Assert.Contains(FormattableString.Invariant($"tolerance {t}"), texts));
    }

    [Fact]
    public void Every_candidate_is_drawn_once()
    {
        var generations = Pictures(HtmlReport.Render(SampleResult.Create(), null)).Single(p => ((string)p.Attribute("aria-label")!).Contains("every candidate of every generation", StringComparison.Ordinal));
        var candidates = generations.Descendants("path").Where(p => Regex.IsMatch((string)p.Attribute("class")!, "^(early|middle|late) "));
        Assert.Equal((12 * 40) + 5, candidates.Count()); // five more in the legend
    }

    [Fact]
    public void Tells_errors_their_bars_and_whether_the_difference_is_chance()
    {
        var html = Plain(SampleResult.Create(withControls: false, tolerances: 1));
        Assert.Contains("11.00 ± 0.70", html, StringComparison.Ordinal);
        Assert.Contains("11.40 ± 0.71", html, StringComparison.Ordinal);
        Assert.Contains("+0.40 ± 0.47", html, StringComparison.Ordinal);
        Assert.Contains("p = 0.4557", html, StringComparison.Ordinal);
        Assert.Contains("may well be chance", html, StringComparison.Ordinal);
        Assert.Contains("2.91×", html, StringComparison.Ordinal);

        var worse = Alter(m => m with { Networks = [m.Networks[0] with { OnlyPrunedWrong = 90, TestErrors = 270 }] }, withControls: false);
        Assert.Contains("The difference in error is significant (McNemar p < 0.0001)", Plain(worse), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missed_tolerance_is_said()
    {
        Assert.Contains("so it misses the tolerance", HtmlReport.Render(SampleResult.Create(), null), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "so it misses the tolerance", HtmlReport.Render(SampleResult.Create(tolerances: 1), null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tolerance_that_is_kept_on_the_select_images_but_not_on_the_test_images_is_said()
    {
        const string Said = "on the test images, more than the tolerance";
        Assert.DoesNotContain(Said, Plain(SampleResult.Create(withControls: false, tolerances: 1)), StringComparison.Ordinal);
        var worse = Alter(m => m with { Networks = [m.Networks[0] with { OnlyPrunedWrong = 90, TestErrors = 270 }] }, withControls: false);
        Assert.Contains(Said, Plain(worse), StringComparison.Ordinal);
    }

    [Fact]
    public void A_control_with_the_larger_hypervolume_is_said_to_have_it()
    {
        Assert.Contains("No control has more than evolution.", HtmlReport.Render(SampleResult.Create(), null), StringComparison.Ordinal);
        var lost = Alter(m => m.Name == "taylor" ? m with { Hypervolume = 0.9 } : m);
        Assert.Contains("evolution did not win: taylor has more.", HtmlReport.Render(lost, null), StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_that_were_timed_show_their_times()
    {
        var timed = Plain(SampleResult.Create());
        Assert.Contains("<td>8.1 → 4.4</td>", timed, StringComparison.Ordinal);
        Assert.Contains("<td>1,000 → 380</td><td>25 → 16.2</td>", timed, StringComparison.Ordinal);
    }

    [Fact]
    public void NeedsNothingButItself() =>
        Assert.DoesNotMatch(
            new Regex("https?:|src=|<link|<script|url\\(|@import", RegexOptions.IgnoreCase), HtmlReport.Render(SampleResult.Create(), null));

    [Fact]
    public void EncodesWhatItInserts()
    {
        var html = HtmlReport.Render(SampleResult.Create(), null);
        Assert.DoesNotContain("<20-50>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<9000>", html, StringComparison.Ordinal);
        Assert.Contains("lenet &lt;20-50&gt; on fashion &amp; co", html, StringComparison.Ordinal);
    }

    [Fact]
    public void ShowsTheRemovedWeightsToScale()
    {
        var picture = Pictures(HtmlReport.Render(SampleResult.Create(tolerances: 1), null))[1];
        var widths = picture.Descendants("rect")
            .Where(r => (string)r.Attribute("y")! == "8")
            .Select(b => double.Parse((string)b.Attribute("width")!, CultureInfo.InvariantCulture))
            .ToList();
        Assert.Equal(4, widths.Count);
        Assert.Equal(642, widths.Sum(), 1);
        Assert.Equal(12_000.0 / 6_500, widths[1] / widths[0], 2);
    }

    [Fact]
    public void GivesTheCommandThatRepeatsIt()
    {
        var html = HtmlReport.Render(SampleResult.Create(), "kernelgen prune --seed 7");
        Assert.Contains("<pre>kernelgen prune --seed 7</pre>", html, StringComparison.Ordinal);
        Assert.Contains("--tolerance 0.5,1,2,4 --seed 7", HtmlReport.Render(SampleResult.Create(), null), StringComparison.Ordinal);
    }

    [Fact]
    public void IsTheSameUnderEveryCulture()
    {
        var expected = HtmlReport.Render(SampleResult.Create(), null);
        HostileCulture.Run(() => Assert.Equal(expected, HtmlReport.Render(SampleResult.Create(), null)));
    }

    [Fact]
    public void WritesTheWholeFileAndLeavesNothingBeside()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "new", "report.html");
            HtmlReport.Write(SampleResult.Create(), path);
            HtmlReport.Write(SampleResult.Create(), path);
            Assert.EndsWith("</html>\n", File.ReadAllText(path), StringComparison.Ordinal);
            Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The page with its characters as they are shown.</summary>
    private static string Plain(PruneResult result) => WebUtility.HtmlDecode(HtmlReport.Render(result, null)).Replace('\u00a0', ' ');

    private static PruneResult Alter(Func<MethodResult, MethodResult> change, bool withControls = true) =>
        Alter(SampleResult.Create(withControls), change);

    private static PruneResult Alter(PruneResult result, Func<MethodResult, MethodResult> change) =>
        result with { Methods = [.. result.Methods.Select(change)] };

    private static PrunedResult Nothing(PrunedResult n) => n with
    {
        TestErrors = 0,
        OnlyDenseWrong = 0,
        OnlyPrunedWrong = 0,
        Removed = new RemovedWeights(0, 0, 0),
        Measurement = new NetworkMeasurement(0, 0, 0, 0, 0, 0, 0),
        EstimatedMicroseconds = 0,
        Layers = [new LayerChange("none", "conv 1×1", 0, 0, 0, 0, 0, 0, "", "", 0, 0, 0, 0)],
    };

    /// <summary>The pictures of the page; each must be well-formed XML.</summary>
    private static List<XElement> Pictures(string html) =>
        [.. Regex.Matches(html, "<svg.*?</svg>", RegexOptions.Singleline).Select(m => XElement.Parse(m.Value))];

    /// <summary>What a marker looks like wherever it is: the path after its first move, and how it is filled.</summary>
    private static string Shape(XElement path) => Regex.Replace((string)path.Attribute("d")!, @"^M[\d.]+ [\d.]+", "") + path.Attribute("class")!.Value;

    private static double[] Numbers(string text) =>
        [.. Regex.Matches(text, @"-?[\d.]+").Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture))];

    /// <summary>The corners of an element; of a text, by a generous guess at the width of its characters.</summary>
    private static IEnumerable<(double X, double Y)> Corners(XElement element)
    {
        double At(string name) => Numbers(element.Attribute(name)!.Value)[0];
        if (element.Name == "line")
        {
            return [(At("x1"), At("y1")), (At("x2"), At("y2"))];
        }

        if (element.Name == "rect")
        {
            return [(At("x"), At("y")), (At("x") + At("width"), At("y") + At("height"))];
        }

        if (element.Name == "text" && element.Attribute("x") is not null)
        {
            var width = 6.6 * element.Value.Length;
            var left = At("x") - (element.Attribute("text-anchor")!.Value switch { "end" => width, "middle" => width / 2, _ => 0 });
            return [(left, At("y") - 9), (left + width, At("y") + 3)];
        }

        var points = element.Name == "path" ? Numbers(element.Attribute("d")!.Value)[..2]
            : element.Name == "polyline" ? Numbers(element.Attribute("points")!.Value)
            : [];
        return points.Chunk(2).Select(p => (p[0], p[1]));
    }
}
