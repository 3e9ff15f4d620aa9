using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Tests.Reports;

public class HtmlReportTests
{
    [Fact]
    public void A_missed_tolerance_is_said()
    {
        Assert.Contains("so it misses the tolerance", Render(), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "so it misses the tolerance", HtmlReport.Render(SampleResult.Create(tolerances: 1), null), StringComparison.Ordinal);
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
    public void GivesTheCommandThatRepeatsIt()
    {
        var html = HtmlReport.Render(SampleResult.Create(), "kernelgen prune --seed 7");
        Assert.Contains("<pre>kernelgen prune --seed 7</pre>", html, StringComparison.Ordinal);
        Assert.Contains("--tolerance 0.5,1,2,4 --seed 7", Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void DoesWithoutAControlAndWithoutGenerations()
    {
        var html = HtmlReport.Render(SampleResult.Create(withControls: false) with { Generations = [] }, null);
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

    private static string Render() => HtmlReport.Render(SampleResult.Create(), null);

    /// <summary>The pictures of the page; each must be well-formed XML.</summary>
    private static List<XElement> Pictures(string html) =>
        [.. Regex.Matches(html, "<svg.*?</svg>", RegexOptions.Singleline).Select(m => XElement.Parse(m.Value))];
}
