using System.CommandLine;
using KernelGen.Search.Training;

namespace KernelGen.Cli;

/// <summary>The option of commands that train.</summary>
internal static class PrecisionOption
{
    public static Option<string> Create() => new Option<string>("--precision")
    {
        Description = "Of training and of candidates' scores: single, or mixed, in which layers multiply bfloat16. Default: mixed where the processor does that itself (AVX512_BF16). "
            + "What is reported is always computed in single precision.",
        DefaultValueFactory = _ => TorchRuntime.FastestPrecision == Precision.Mixed ? "mixed" : "single",
    }.AcceptOnlyFromAmong("single", "mixed");

    public static Precision Read(ParseResult parsed, Option<string> option) => parsed.GetRequiredValue(option) == "mixed" ? Precision.Mixed : Precision.Single;
}
