using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Search.Evolution;

/// <summary>Time as the compiler's cost model estimates it, at three cycles per nanosecond.</summary>
public sealed class EstimatedTime : ITimeModel
{
    private const double CyclesPerMicrosecond = 3000;

    private readonly CompilerOptions options = new();

    public double Microseconds(NetworkDescription candidate) => NetworkCompiler.Plan(candidate, options).EstimatedCycles / CyclesPerMicrosecond;
}
