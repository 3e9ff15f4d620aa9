using System.Globalization;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>The text is a function of description and options alone.</summary>
public class DeterminismTests
{
    private static readonly Lazy<IReadOnlyList<(NetworkCase Case, string Text)>> Expected = new(() =>
        NetworkCases.All.Select(c => (c, NetworkCompiler.Compile(c.Description, new CompilerOptions()).Text)).ToList());

    [Theory]
    [InlineData("ar-SA")]
    [InlineData("tr-TR")]
    [InlineData("de-DE")]
    public void The_same_network_gives_the_same_text_under_any_culture(string culture)
    {
        var expected = Expected.Value;
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = Hostile(culture);
            foreach (var (networkCase, text) in expected)
            {
                Assert.Equal(text, NetworkCompiler.Compile(networkCase.Description, new CompilerOptions()).Text);
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void The_text_has_neither_carriage_returns_nor_tabs_nor_trailing_blanks()
    {
        foreach (var (_, text) in Expected.Value)
        {
            Assert.DoesNotContain('\r', text);
            Assert.DoesNotContain('\t', text);
            Assert.DoesNotContain(" \n", text, StringComparison.Ordinal);
        }
    }

    /// <summary>The signs are set by hand, so that the test bites also where the runtime has no culture data.</summary>
    private static CultureInfo Hostile(string name)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        try
        {
            culture = (CultureInfo)CultureInfo.GetCultureInfo(name).Clone();
        }
        catch (CultureNotFoundException)
        {
            // Only the signs below then.
        }

        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.NegativeSign = "~";
        return culture;
    }
}
