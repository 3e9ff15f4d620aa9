using System.CommandLine;
using KernelGen.Search.Training;

namespace KernelGen.Cli;

/// <summary>The option of commands that train.</summary>
internal static class PrecisionOption
{
    public static Option<string> Create() => new Option<string>("--precision")
    {
        Description = "Of training and of candidates' scores: single, or mixed, in which layers multiply bfloat16. Default: mixed where the processor does that itself (AVX512_BF16). "
            + "Whatever is retrained, reported or written is judged in single precision.",
        DefaultValueFactory = _ => Name(TorchRuntime.FastestPrecision),
    }.AcceptOnlyFromAmong(Name(Precision.Single), Name(Precision.Mixed));

    public static string Name(Precision precision) => precision.ToString().ToLowerInvariant();

    public static Precision Read(ParseResult parsed, Option<string> option) => Enum.Parse<Precision>(parsed.GetRequiredValue(option), ignoreCase: true);
}
