using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace KernelGen.Cli;

/// <summary>Options that take a number, written the same way under every culture.</summary>
internal static class NumberOption
{
    /// <param name="least">The smallest number that makes sense; null: any.</param>
    public static Option<T> Create<T>(string name, string description, T defaultValue, T? least = null)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && !(value < least) && T.IsFinite(value))
                {
                    return value;
                }

                var bound = least is null ? "" : FormattableString.Invariant($" of at least {least}");
                result.AddError($"{name}: '{text}' is not a number{bound}.");
                return defaultValue;
            },
        };
}
