using KernelGen.Compiler.Emit;

namespace KernelGen.Compiler.Targets;

/// <summary>A target whose vectors are one of <c>System.Runtime.Intrinsics</c>' types.</summary>
internal abstract record VectorTarget : Target
{
    public override string Type => $"Vector{Name}<float>";

    public override string Zero => $"{Type}.Zero";

    /// <summary>The C# method that computes x · y + z: a fused one where the hardware has it, else whatever is fast.</summary>
    protected abstract string MultiplyAdd { get; }

    /// <summary>The C# class whose <c>Max</c> and <c>Min</c> are single instructions; null: the methods of every machine.</summary>
    protected virtual string? Instructions => null;

    private string Maximum => Instructions is null ? $"{Static}.MaxNative" : $"{Instructions}.Max";

    private string Minimum => Instructions is null ? $"{Static}.MinNative" : $"{Instructions}.Min";

    /// <summary>The C# method that makes integers of floats, of which nothing is asked beyond the integers' range.</summary>
    protected virtual string Truncate => $"{Static}.ConvertToInt32Native";

    /// <summary>
    /// The low halves of x and y, and their high halves, as C# expressions of an instruction each; null where a blend and a shuffle are as good. Halves of
    /// 128 bits are none of the JIT's registers, and go through memory.
    /// </summary>
    protected virtual (string Low, string High)? Halves => null;

    private string Static => $"Vector{Name}";

    public override string Constant(float value) => $"{Static}.Create({Literals.Float(value)})";

    public override IReadOnlyList<Helper> Helpers()
    {
        var one = $"{Static}.Create(1f)";
        return
        [
            .. ActivationHelpers.For(this),
            Define("HardSwish", $"{Type} x", $"Max{Suffix}({Static}.Create(-3f), x) * (Min{Suffix}(Max{Suffix}(x + {Static}.Create(3f), {Zero}), {Static}.Create(6f)) * {Static}.Create(1f / 6f))"),
            Define("LeakyRelu", $"{Type} x, {Type} slope", $"{Static}.ConditionalSelect({Static}.GreaterThan(x, {Zero}), x, x * slope)"),
            Define("Neg", $"{Type} x", "-x"),
            Define("Reciprocal", $"{Type} x", $"{one} / x"),
            .. new[] { "Log", "Sin", "Cos", "Sqrt", "Abs", "Floor", "Ceiling", "Round" }.Select(f => Define(f, $"{Type} x", $"{Static}.{f}(x)")),
            Define("CopySign", $"{Type} x, {Type} sign", $"{Static}.CopySign(x, sign)"),
            Define("Above", $"{Type} x, {Type} y, {Type} above, {Type} otherwise", $"{Static}.ConditionalSelect({Static}.GreaterThan(x, y), above, otherwise)"),
            Define("High", $"{Type} x", $"(x.AsInt32() & {Static}.Create(-4096)).AsSingle()"),
            Define("PowerOf2", $"{Type} n", $"{Static}.ShiftLeft({Truncate}(n) + {Static}.Create(127), 23).AsSingle()"),
            Define("L", "ref float source, int offset", $"{Static}.LoadUnsafe(ref source, (nuint)offset)"),
            Define("B", "ref float source, int offset", $"{Static}.Create(Unsafe.Add(ref source, offset))"),
            Define("S", $"{Type} value, ref float target, int offset", "value.StoreUnsafe(ref target, (nuint)offset)", "void"),
            Define("M", $"{Type} x, float weight, {Type} sum", $"{MultiplyAdd}(x, {Static}.Create(weight), sum)"),
            Define("F", $"{Type} x, {Type} weights, {Type} sum", $"{MultiplyAdd}(x, weights, sum)"),
            Define("Max", $"{Type} x, {Type} y", $"{Maximum}(x, y)"),
            Define("Min", $"{Type} x, {Type} y", $"{Minimum}(x, y)"),
            Define("Largest", $"{Type} x", Half is VectorTarget half
                ? $"Largest{half.Suffix}({half.Maximum}(x.GetLower(), x.GetUpper()))"
                : "MathF.Max(MathF.Max(x[0], x[1]), MathF.Max(x[2], x[3]))", "float"),
            Define("Sum", $"{Type} x", $"{Static}.Sum(x)", "float"),
            Define("Mask", $"{Type} x, {Type} mask", "x & mask"),
            Define("Even", $"{Type} x", $"{Static}.Shuffle(x, {Static}.Create({EverySecond(0)}))"),
            Define("Odd", $"{Type} x", $"{Static}.Shuffle(x, {Static}.Create({EverySecond(1)}))"),
            .. Enumerable.Range(0, 4).Select(power => 1 << power).Where(d => d < Lanes).SelectMany(Exchanges),
            Define("Unpair", $"{Type} x", $"{Static}.Shuffle(x, {Static}.Create({string.Join(", ", Enumerable.Range(0, Lanes).Select(i => (2 * i % Lanes) + (2 * i / Lanes)))}))"),
            Define("StoreLower", $"{Type} value, ref float target, int offset", "value.GetLower().StoreUnsafe(ref target, (nuint)offset)", "void"),
        ];
    }

    private Helper Define(string name, string parameters, string body, string? result = null) =>
        new(name + Suffix, $"{result ?? Type} {name}{Suffix}({parameters})", body);

    /// <summary>
    /// The two results of exchanging squares of d × d elements between two rows: of each 2·d lanes, the low halves of both, and
    /// the high halves of both.
    /// </summary>
    private Helper[] Exchanges(int d)
    {
        var parameters = $"{Type} x, {Type} y";
        if (d == Lanes / 2 && Halves is { } halves)
        {
            return
            [
                Define($"Low{d}Of", parameters, halves.Low),
                Define($"High{d}Of", parameters, halves.High),
            ];
        }

        var swap = $"{Static}.Create({string.Join(", ", Enumerable.Range(0, Lanes).Select(i => i ^ d))})";
        var low = $"{Static}.Create({string.Join(", ", Enumerable.Range(0, Lanes).Select(i => (i & d) == 0 ? "-1" : "0"))}).AsSingle()";
        return
        [
            Define($"Low{d}Of", parameters, $"{Static}.ConditionalSelect({low}, x, {Static}.Shuffle(y, {swap}))"),
            Define($"High{d}Of", parameters, $"{Static}.ConditionalSelect({low}, {Static}.Shuffle(x, {swap}), y)"),
        ];
    }

    /// <summary>Shuffle indices that bring every second element, from the first on, into the lower half.</summary>
    private string EverySecond(int first) => string.Join(", ", Enumerable.Range(0, Lanes).Select(i => (2 * i % Lanes) + first));
}

/// <summary>AVX-512.</summary>
internal sealed record Vector512Target : VectorTarget
{
    public static Vector512Target Instance { get; } = new();

    public override string Name => TargetNames.Vector512;

    public override string IsSupported => "Vector512.IsHardwareAccelerated";

    public override int Lanes => 16;

    public override int Registers => 32;

    public override int Accumulators => 28;

    public override bool WeightsAsLiterals => true;

    public override int HalfRate => 2;

    public override Target? Half => Vector256Target.Instance with { Suffix = TargetNames.Vector256 };

    protected override string MultiplyAdd => "Vector512.FusedMultiplyAdd";
}

/// <summary>
/// AVX2 with FMA. Where a method of <c>Vector256</c> is more than one instruction on some machine, the instruction itself is called:
/// ahead-of-time compilers, which know less of the machine than the JIT does, would call a function instead, or leave the kernel out.
/// </summary>
internal sealed record Vector256Target : VectorTarget
{
    public static Vector256Target Instance { get; } = new();

    public override string Name => TargetNames.Vector256;

    public override string IsSupported => "System.Runtime.Intrinsics.X86.Avx2.IsSupported && System.Runtime.Intrinsics.X86.Fma.IsSupported";

    public override int Lanes => 8;

    public override int Registers => 16;

    public override int Accumulators => 12;

    public override bool WeightsAsLiterals => false;

    public override int HalfRate => 4;

    public override bool IsReadyToRun => true;

    public override Target? Half => Vector128Target.Instance with { Suffix = TargetNames.Vector128, IsX86 = true };

    protected override string MultiplyAdd => "System.Runtime.Intrinsics.X86.Fma.MultiplyAdd";

    protected override string Instructions => "System.Runtime.Intrinsics.X86.Avx";

    protected override string Truncate => $"{Instructions}.ConvertToVector256Int32WithTruncation";

    protected override (string Low, string High)? Halves => ($"{Instructions}.InsertVector128(x, y.GetLower(), 1)", $"{Instructions}.Permute2x128(x, y, 0x31)");
}

/// <summary>NEON, WebAssembly, SSE. The multiply-add is fused where the hardware can, else two instructions: never a software call.</summary>
internal sealed record Vector128Target : VectorTarget
{
    public static Vector128Target Instance { get; } = new();

    /// <summary>Whether it is the half of a wider target, so that the machine is known to have AVX2 and FMA.</summary>
    public bool IsX86 { get; init; }

    public override string Name => TargetNames.Vector128;

    public override string IsSupported => "Vector128.IsHardwareAccelerated";

    public override int Lanes => 4;

    public override int Registers => 16;

    public override int Accumulators => 12;

    public override bool WeightsAsLiterals => false;

    public override int HalfRate => 4;

    public override Target? Half => ScalarTarget.Instance with { Suffix = "1" };

    protected override string MultiplyAdd => IsX86 ? "System.Runtime.Intrinsics.X86.Fma.MultiplyAdd" : "Vector128.MultiplyAddEstimate";

    protected override string? Instructions => IsX86 ? "System.Runtime.Intrinsics.X86.Sse" : null;

    protected override string Truncate => IsX86 ? "System.Runtime.Intrinsics.X86.Sse2.ConvertToVector128Int32WithTruncation" : base.Truncate;
}
