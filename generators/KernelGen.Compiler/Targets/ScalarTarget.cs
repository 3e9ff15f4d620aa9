using KernelGen.Compiler.Emit;

namespace KernelGen.Compiler.Targets;

/// <summary>Machines without vector instructions: a vector is one float.</summary>
internal sealed record ScalarTarget : Target
{
    public static ScalarTarget Instance { get; } = new();

    public override string Name => TargetNames.Scalar;

    public override string IsSupported => "true";

    public override int Lanes => 1;

    public override int Registers => 16;

    public override int Accumulators => 8;

    public override bool WeightsAsLiterals => true;

    public override int HalfRate => 2;

    public override string Type => "float";

    public override Target? Half => null;

    public override string Zero => "0f";

    public override string Constant(float value) => Literals.Float(value);

    public override IReadOnlyList<Helper> Helpers() =>
    [
        .. ActivationHelpers.For(this),
        Define("HardSwish", "float x", $"Max{Suffix}(-3f, x) * (Min{Suffix}(Max{Suffix}(x + 3f, 0f), 6f) * (1f / 6f))"),
        Define("LeakyRelu", "float x, float slope", "x > 0f ? x : x * slope"),
        Define("Neg", "float x", "-x"),
        Define("Reciprocal", "float x", "1f / x"),
        Define("Log", "float x", "MathF.Log(x)"),
        Define("Sin", "float x", "MathF.Sin(x)"),
        Define("Cos", "float x", "MathF.Cos(x)"),
        Define("Sqrt", "float x", "MathF.Sqrt(x)"),
        Define("Abs", "float x", "MathF.Abs(x)"),
        Define("Floor", "float x", "MathF.Floor(x)"),
        Define("Ceiling", "float x", "MathF.Ceiling(x)"),
        Define("Round", "float x", "MathF.Round(x)"),
        Define("CopySign", "float x, float sign", "MathF.CopySign(x, sign)"),
        Define("Above", "float x, float y, float above, float otherwise", "x > y ? above : otherwise"),
        Define("High", "float x", "BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(x) & -4096)"),
        Define("PowerOf2", "float n", "BitConverter.Int32BitsToSingle(((int)n + 127) << 23)"),
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
