using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace KernelGen.Model.Tests;

public partial class DescriptionReaderTests
{
    private static readonly string Text = DescriptionWriter.Write(SampleNetworks.Small());

    [Fact]
    public void Truncated_anywhere_ends_in_an_error_with_a_place()
    {
        for (var length = 0; length < Text.TrimEnd().Length; length++)
        {
            var error = Assert.Single(AssertRefused(Text.Substring(0, length)).Errors);
            Assert.Equal(ProblemId.Syntax, error.Id);
        }
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("2147483648")]
    [InlineData("NaN")]
    [InlineData("1e400")]
    [InlineData("-9223372036854775809")]
    [InlineData("0.5")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"7\"")]
    public void Any_number_replaced_ends_in_an_error_or_a_valid_network(string replacement)
    {
        var refused = 0;
        foreach (Match number in Numbers().Matches(Text))
        {
            var damaged = Text.Remove(number.Index, number.Length).Insert(number.Index, replacement);
            var result = Read(damaged);
            if (result.Description is { } valid)
            {
                // Some numbers may be anything: seeds, error rates, a zero for a zero. Then what was read is what is written.
                Assert.Equal(valid, DescriptionReader.Read(DescriptionWriter.Write(valid)).Description);
            }
            else
            {
                AssertPlaces(result, damaged);
                refused++;
            }
        }

        Assert.True(refused > 10, $"only {refused} were refused");
    }

    [Fact]
    public void Any_character_changed_never_throws()
    {
        foreach (var c in "0\"{]x,\u0000\uD800\\")
        {
            for (var i = 0; i < Text.Length; i++)
            {
                var damaged = Text.Remove(i, 1).Insert(i, c.ToString());
                var result = Read(damaged);
                if (result.Description is null)
                {
                    AssertPlaces(result, damaged);
                }
            }
        }
    }

    [Theory]
    [InlineData("\"weights\": \"", "\"weights\": \"!", ProblemId.Weights)]
    [InlineData("\"weights\": \"", "\"weights\": \"AAAA", ProblemId.Weights)]
    [InlineData("\"weights\": \"", "\"weights\": \"AAAAAAAAAAAAAAAA", ProblemId.Weights)]
    [InlineData("\"name\": \"c\",", "\"name\": \"c\", \"name\": \"c\",", ProblemId.Key)]
    [InlineData("\"name\": \"c\",", "\"name\": \"c\", \"colour\": \"red\",", ProblemId.Key)]
    [InlineData("\"name\": \"c\",", "", ProblemId.Missing)]
    [InlineData("\"op\": \"conv\"", "\"op\": \"convolution\"", ProblemId.Value)]
    [InlineData("\"op\": \"conv\"", "\"op\": 7", ProblemId.Value)]
    [InlineData("\"op\": \"maxPool\",", "\"op\": \"maxPool\", \"countPadding\": true,", ProblemId.Key)]
    [InlineData("\"inputs\": [\"x\"]", "\"inputs\": [\"s\"]", ProblemId.Graph)]
    [InlineData("\"inputs\": [\"x\"]", "\"inputs\": [\"nowhere\"]", ProblemId.Graph)]
    [InlineData("\"inputs\": [\"x\"]", "\"inputs\": []", ProblemId.Graph)]
    [InlineData("\"kernelgen-network\"", "\"onnx\"", ProblemId.Format)]
    [InlineData("\"version\": 1", "\"version\": 2", ProblemId.Format)]
    [InlineData("\"labels\": [\"a\", \"b\"]", "\"labels\": [\"a\"]", ProblemId.Shape)]
    [InlineData("\"outputs\": [\"s\"]", "\"outputs\": [\"s\", \"s\"]", ProblemId.Graph)]
    [InlineData("\"outputs\": [\"s\"]", "\"outputs\": []", ProblemId.Graph)]
    [InlineData("\"shape\": [2, 4, 4]", "\"shape\": [2147483647, 2147483647, 2147483647]", ProblemId.Limit)]
    [InlineData("\"shape\": [2, 4, 4]", "\"shape\": [2, 4, 4, 1]", ProblemId.Shape)]
    [InlineData("\"shape\": [2, 4, 4]", "\"shape\": []", ProblemId.Shape)]
    [InlineData("\"units\": 2", "\"units\": 2147483647", ProblemId.Limit)]
    [InlineData("\"outputMaps\": 2", "\"outputMaps\": 2147483647", ProblemId.Limit)]
    [InlineData("\"10\"", "\"1x\"", ProblemId.Value)]
    [InlineData("\"10\"", "\"101\"", ProblemId.Value)]
    [InlineData("{\"offset\": 1, \"stride\": 2}", "\"sparse\"", ProblemId.Value)]
    [InlineData("{\"offset\": 1, \"stride\": 2}", "{\"offset\": 1, \"stride\": 2, \"taps\": [0]}", ProblemId.Key)]
    [InlineData("{\"offset\": 1, \"stride\": 2}", "{\"offset\": 4, \"stride\": 2}", ProblemId.Value)]
    [InlineData("{\"offset\": 1, \"stride\": 2}", "{\"offset\": 1, \"stride\": 2147483647}", ProblemId.Weights)]
    [InlineData("\"kept\": [0, 2]", "\"kept\": [2, 0]", ProblemId.Value)]
    [InlineData("\"b\"", "\"\\ud800\"", ProblemId.Syntax)]
    [InlineData("\"b\"", "\"\\x\"", ProblemId.Syntax)]
    [InlineData("\"b\"", "\"line\nend\"", ProblemId.Syntax)]
    [InlineData("\"b\"", "\"line\\nend\"", ProblemId.Value)]
    [InlineData("\"version\": 1", "\"version\": 01", ProblemId.Syntax)]
    [InlineData("\"version\": 1", "\"version\": +1", ProblemId.Syntax)]
    [InlineData("\"version\": 1", "/* one */ \"version\": 1", ProblemId.Syntax)]
    [InlineData("\"labels\": [\"a\", \"b\"]", "\"labels\": [\"a\", \"b\",]", ProblemId.Syntax)]
    public void Damage_is_named_and_placed(string intact, string damaged, string id)
    {
        var at = Text.IndexOf(intact, StringComparison.Ordinal);
        Assert.True(at >= 0, "the sample lacks " + intact);
        var text = Text.Remove(at, intact.Length).Insert(at, damaged);
        Assert.Contains(AssertRefused(text).Errors, e => e.Id == id);
    }

    [Fact]
    public void Base64_that_holds_no_finite_number_is_refused()
    {
        var nan = Convert.ToBase64String(BitConverter.GetBytes(float.NaN).Concat(new byte[12]).ToArray());
        var text = Regex.Replace(Text, "(\"op\": \"dense\".*?\"weights\": \")[^\"]*", "${1}" + nan, RegexOptions.Singleline);
        var error = Assert.Single(AssertRefused(text).Errors);
        Assert.Equal(ProblemId.Weights, error.Id);
        Assert.StartsWith("'d':", error.Message);
    }

    [Fact]
    public void Base64_with_stray_bits_is_refused()
    {
        // AACAPw== is 1.0; in AACAPx== the unused bits are not zero.
        var text = DescriptionWriter.Write(SampleNetworks.One(new Dense(1, new FloatData([1])), new Shape(1)));
        Assert.Contains("AACAPw==", text);
        Assert.Equal(ProblemId.Weights, Assert.Single(AssertRefused(text.Replace("AACAPw==", "AACAPx==")).Errors).Id);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    [InlineData("[{\"a\":[")]
    public void Deep_nesting_ends_at_the_limit(string opening)
    {
        var text = string.Concat(Enumerable.Repeat(opening, 10_000));
        Assert.Equal(ProblemId.Limit, Assert.Single(AssertRefused(text).Errors).Id);
    }

    [Fact]
    public void Errors_carry_line_and_column_for_every_line_ending()
    {
        foreach (var end in new[] { "\n", "\r\n", "\r" })
        {
            var text = Text.Replace("\"units\": 2", "\"units\": true").Replace("\n", end);
            var error = Assert.Single(AssertRefused(text).Errors);
            var line = text.Split(end)[error.Line - 1];
            Assert.Equal("true", line.Substring(error.Column - 1, 4));
        }
    }

    [Fact]
    public void A_semantic_error_stands_at_its_layer()
    {
        var error = Assert.Single(AssertRefused(Text.Replace("\"units\": 2", "\"units\": 3")).Errors);
        Assert.Equal(ProblemId.Weights, error.Id);
        var lines = Text.Split('\n');
        Assert.Equal("{", lines[error.Line - 1].Trim());
        Assert.Equal("\"name\": \"d\",", lines[error.Line].Trim());
    }

    [Fact]
    public void Every_error_is_listed_in_the_order_of_the_text()
    {
        var text = Text
            .Replace("\"units\": 2", "\"unit\": 2")
            .Replace("\"seed\": 7", "\"seed\": \"7\"")
            .Replace("\"name\": \"x\"", "\"name\": 3");
        var result = AssertRefused(text);
        Assert.Equal([ProblemId.Value, ProblemId.Missing, ProblemId.Key, ProblemId.Value], result.Errors.Select(e => e.Id));
    }

    [Fact]
    public void Claims_cost_no_memory()
    {
        var text = """
            {"format":"kernelgen-network","version":1,"name":"n","inputs":[{"name":"x","shape":[268435456,1,1]}],
             "layers":[{"name":"y","op":"conv","inputs":["x"],"outputMaps":268435456,"kernel":[16384,16384],"padding":[16383,16383,0,0],
             "taps":["dense"],"weights":""},{"name":"z","op":"dense","inputs":["x"],"units":268435456,"weights":""}],"outputs":["y","z"]}
            """;
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(text);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void A_hundred_thousand_layers_are_refused()
    {
        var layer = "{\"name\":\"y\",\"op\":\"add\",\"inputs\":[\"y\"]}";
        var text = "{\"format\":\"kernelgen-network\",\"version\":1,\"name\":\"n\",\"inputs\":[],\"layers\":["
            + string.Join(",", Enumerable.Repeat(layer, 100_000)) + "],\"outputs\":[]}";
        Assert.Equal(ProblemId.Limit, Assert.Single(AssertRefused(text).Errors).Id);
    }

    [Fact]
    public void A_megabyte_of_unknown_keys_gives_a_bounded_list()
    {
        var text = new StringBuilder("{\"format\":\"kernelgen-network\",\"version\":1,");
        for (var i = 0; i < 100_000; i++)
        {
            text.Append("\"k").Append(i).Append("\":0,");
        }

        Assert.Equal(1000, AssertRefused(text + "\"name\":\"n\"}").Errors.Count);
    }

    [GeneratedRegex(@"(?<![\w""])-?\d+(\.\d+)?(?![\w""])")]
    private static partial Regex Numbers();

    private static ReadResult Read(string text)
    {
        var clock = Stopwatch.StartNew();
        var result = DescriptionReader.Read(text);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
        return result;
    }

    private static ReadResult AssertRefused(string text)
    {
        var result = Read(text);
        Assert.Null(result.Description);
        AssertPlaces(result, text);
        return result;
    }

    private static void AssertPlaces(ReadResult result, string text)
    {
        Assert.NotEmpty(result.Errors);
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        foreach (var error in result.Errors)
        {
            Assert.Matches("^KG000[1-9]$", error.Id);
            Assert.NotEmpty(error.Message);
            Assert.InRange(error.Line, 1, lines.Length);
            Assert.InRange(error.Column, 1, text.Length + 1);
        }
    }
}
