using KernelGen.Compiler.Emit;

namespace KernelGen.Compiler.Targets;

/// <summary>Machines without vector instructions: a vector is one float.</summary>
internal sealed record ScalarTarget : Target
{
    public static ScalarTarget Instance { get; } = new();

    public override string Name => TargetNames.Scalar;

    public override string IsSupported => "true";

    public override int Lanes => 1;

    public override int Accumulators => 8;

    public override bool WeightsAsLiterals => true;

    public override int HalfRate => 2;

    public override string Type => "float";

    public override Target? Half => null;

    public override string Zero => "0f";

    public override string Constant(float value) => Literals.Float(value);

    public override IReadOnlyList<Helper> Helpers() =>
    [
        Define("HardSwish", "float x", $"x * Min{Suffix}(Max{Suffix}((x * (1f / 6f)) + 0.5f, 0f), 1f)"),
        Define("Sigmoid", "float x", "1f / (1f + MathF.Exp(-x))"),
        Define("Exp", "float x", "MathF.Exp(x)"),
        Define("Above", "float x, float y, float above, float otherwise", "x > y ? above : otherwise"),
        Define("LeakyRelu", "float x, float slope", "x > 0f ? x : x * slope"),
        Define("L", "ref float source, int offset", "Unsafe.Add(ref source, offset)"),
        Define("B", "ref float source, int offset", "Unsafe.Add(ref source, offset)"),
        Define("S", "float value, ref float target, int offset", "Unsafe.Add(ref target, offset) = value", "void"),
        Define("M", "float x, float weight, float sum", "sum + (x * weight)"),
        Define("F", "float x, float weight, float sum", "sum + (x * weight)"),
        Define("Max", "float x, float y", "x > y ? x : y"),
        Define("Min", "float x, float y", "x < y ? x : y"),
        Define("Largest", "float x", "x"),
        Define("Sum", "float x", "x"),
        Define("Mask", "float x, float mask", "mask == 0f ? 0f : x"),
    ];

    private Helper Define(string name, string parameters, string body, string? result = null) =>
        new(name + Suffix, $"{result ?? Type} {name}{Suffix}({parameters})", body);
}
