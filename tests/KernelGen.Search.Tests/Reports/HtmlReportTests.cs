using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Tests.Reports;

public class HtmlReportTests
{
    private static readonly MachineInfo Machine = new("Test CPU <9000>", 2, "Linux", ".NET 10");

    [Fact]
    public void A_missed_tolerance_is_said()
    {
        var missed = HtmlReport.Render(SampleResult.Create(), null, Machine);
        var held = HtmlReport.Render(SampleResult.Create() with { ValidationLoss = 0.8 }, null, Machine);

        Assert.Contains("so it misses the tolerance", missed, StringComparison.Ordinal);
        Assert.DoesNotContain("so it misses the tolerance", held, StringComparison.Ordinal);
    }

    [Fact]
    public void TellsBothCountsTheirErrorBarsAndTheirDifference()
    {
        var html = Render();
        Assert.Contains("220 of 2,000", html, StringComparison.Ordinal);
        Assert.Contains("233 of 2,000", html, StringComparison.Ordinal);
        Assert.Contains("11.00%", html, StringComparison.Ordinal);
        Assert.Contains("11.65%", html, StringComparison.Ordinal);
        Assert.Contains("± 0.70", html, StringComparison.Ordinal);
        Assert.Contains("+0.65", html, StringComparison.Ordinal);
        Assert.Contains("p = 0.2", html, StringComparison.Ordinal);
        Assert.Contains("3.59×", html, StringComparison.Ordinal);
    }

    [Fact]
    public void NeedsNothingButItself()
    {
        var html = Render();
        Assert.DoesNotMatch(new Regex("https?:|src=|<link|<script|url\\(|@import", RegexOptions.IgnoreCase), html);
    }

    [Fact]
    public void EncodesWhatItInserts()
    {
        var html = Render();
        Assert.DoesNotContain("<20-50>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<9000>", html, StringComparison.Ordinal);
        Assert.Contains("lenet &lt;20-50&gt; on fashion &amp; co", html, StringComparison.Ordinal);
    }

    [Fact]
    public void DrawsEveryParticleOnceInsideThePicture()
    {
        var pictures = Pictures(Render());
        Assert.Equal(4, pictures.Count);
        var particles = pictures[2].Descendants("path").Where(p => Regex.IsMatch((string)p.Attribute("class")!, "^(early|middle|late) ")).ToList();
        Assert.Equal((12 * 40) + 5, particles.Count); // five more in the legend
        foreach (var particle in particles)
        {
            var at = Regex.Match((string)particle.Attribute("d")!, @"^M([\d.]+) ([\d.]+)m");
            Assert.InRange(double.Parse(at.Groups[1].Value, CultureInfo.InvariantCulture), 0, 760);
            Assert.InRange(double.Parse(at.Groups[2].Value, CultureInfo.InvariantCulture), 0, 430);
        }
    }

    [Fact]
    public void ShowsTheRemovedWeightsToScale()
    {
        var bars = Pictures(Render())[0].Descendants("rect").Where(r => (string)r.Attribute("y")! == "8").ToList();
        var widths = bars.Select(b => double.Parse((string)b.Attribute("width")!, CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(4, widths.Count);
        Assert.Equal(744, widths.Sum(), 1);
        Assert.Equal(12_000.0 / 4_500, widths[1] / widths[0], 2);
    }

    [Fact]
    public void GivesTheCommandThatRepeatsIt()
    {
        var html = HtmlReport.Render(SampleResult.Create(), "kernelgen prune --seed 7", Machine);
        Assert.Contains("<pre>kernelgen prune --seed 7</pre>", html, StringComparison.Ordinal);
        Assert.Contains("--tolerance 1 --seed 7", Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void DoesWithoutAControlAndWithoutGenerations()
    {
        var html = HtmlReport.Render(SampleResult.Create(withControl: false) with { Generations = [] }, null, Machine);
        Assert.Equal(2, Pictures(html).Count);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Fact]
    public void IsTheSameUnderEveryCulture()
    {
        var before = CultureInfo.CurrentCulture;
        var expected = Render();
        try
        {
            var hostile = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            hostile.NumberFormat.NumberDecimalSeparator = ",";
            hostile.NumberFormat.NumberGroupSeparator = "'";
            hostile.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = hostile;
            Assert.Equal(expected, Render());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
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

    private static string Render() => HtmlReport.Render(SampleResult.Create(), null, Machine);

    /// <summary>The pictures of the page; each must be well-formed XML.</summary>
    private static List<XElement> Pictures(string html) =>
        [.. Regex.Matches(html, "<svg.*?</svg>", RegexOptions.Singleline).Select(m => XElement.Parse(m.Value))];
}
