using System.Globalization;

namespace KernelGen.Model.Tests;

public class NumberTextTests
{
    [Theory]
    [InlineData(0f, "0")]
    [InlineData(-0f, "-0")]
    [InlineData(1f, "1")]
    [InlineData(-0.1f, "-0.1")]
    [InlineData(1f / 255, "0.003921569")]
    [InlineData(1e-5f, "0.00001")]
    [InlineData(1.5e-7f, "1.5e-7")]
    [InlineData(123456790f, "123456790")]
    [InlineData(float.MaxValue, "3.4028235e38")]
    [InlineData(float.Epsilon, "1e-45")]
    [InlineData(16777216f, "16777216")]
    public void Floats_are_short(float value, string expected) => Assert.Equal(expected, NumberText.Format(value));

    [Theory]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(12.35, "12.35")]
    [InlineData(double.MaxValue, "1.7976931348623157e308")]
    [InlineData(double.Epsilon, "5e-324")]
    [InlineData(999999999999999d, "999999999999999")]
    [InlineData(1e15, "1e15")]
    [InlineData(100, "100")]
    public void Doubles_are_short(double value, string expected) => Assert.Equal(expected, NumberText.Format(value));

    [Fact]
    public void Any_bits_come_back_and_agree_with_the_framework()
    {
        var random = new Random(1);
        for (var i = 0; i < 3000; i++)
        {
            var single = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            if (float.IsFinite(single))
            {
                var text = NumberText.Format(single);
                Assert.True(NumberText.TryParse(text.AsSpan(), out float back));
                Assert.Equal(BitConverter.SingleToInt32Bits(single), BitConverter.SingleToInt32Bits(back));
                Assert.Equal(single, float.Parse(text, CultureInfo.InvariantCulture));
                Assert.True(text.Count(char.IsDigit) <= 9 + 6, text);
            }

            var @double = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(@double))
            {
                var text = NumberText.Format(@double);
                Assert.True(NumberText.TryParse(text.AsSpan(), out double back));
                Assert.Equal(BitConverter.DoubleToInt64Bits(@double), BitConverter.DoubleToInt64Bits(back));
                Assert.Equal(@double, double.Parse(text, CultureInfo.InvariantCulture));
            }
        }
    }

    [Fact]
    public void Any_decimal_is_rounded_as_the_framework_rounds()
    {
        var random = new Random(2);
        for (var i = 0; i < 3000; i++)
        {
            var digits = string.Concat(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)('0' + random.Next(10))));
            var text = FormattableString.Invariant($"{digits}.{digits}e{random.Next(-60, 40)}");
            var expected = float.Parse(text, CultureInfo.InvariantCulture);
            Assert.Equal(float.IsFinite(expected), NumberText.TryParse(text.AsSpan(), out float single));
            Assert.True(!float.IsFinite(expected) || expected.Equals(single), text);
            Assert.True(NumberText.TryParse(text.AsSpan(), out double wide));
            Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), wide);
        }
    }

    [Theory]
    [InlineData("16777217", 16777216f)]
    [InlineData("16777219", 16777220f)]
    [InlineData("1e-999999999999", 0f)]
    [InlineData("0e999999999999", 0f)]
    [InlineData("3.4028235677973366e38", float.MaxValue)]
    [InlineData("3.4028235677973367e38", float.PositiveInfinity)]
    [InlineData("1e39", float.PositiveInfinity)]
    public void Ties_and_limits_are_exact(string text, float expected)
    {
        var ok = NumberText.TryParse(text.AsSpan(), out float value);
        Assert.Equal(float.IsFinite(expected), ok);
        Assert.True(!ok || value.Equals(expected), text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("x")]
    [InlineData("1,5")]
    [InlineData("NaN")]
    public void Other_text_is_no_number(string text) => Assert.False(NumberText.TryParse(text.AsSpan(), out float _));

    [Fact]
    public void Infinity_has_no_text() => Assert.Throws<ArgumentOutOfRangeException>(() => NumberText.Format(double.PositiveInfinity));
}
