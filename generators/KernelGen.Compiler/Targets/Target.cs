using KernelGen.Model;

namespace KernelGen.Compiler.Targets;

/// <summary>
/// One vector width: everything the emitters need to know of a machine. They write the same kernels for every target, in terms
/// of the helpers that <see cref="Helpers"/> defines: <c>L</c> load, <c>S</c> store, <c>B</c> broadcast an element, <c>M</c> multiply-add
/// by a number, <c>F</c> multiply-add by a vector.
/// </summary>
internal abstract record Target
{
    /// <summary>Sums that must be in flight to hide the latency of a multiply-add.</summary>
    public const int InFlight = 8;

    /// <summary>One of <see cref="TargetNames"/>.</summary>
    public abstract string Name { get; }

    /// <summary>Name of the generated class that holds this target's kernels.</summary>
    public string ClassName => "Kernels" + (Name == TargetNames.Scalar ? "Scalar" : Name);

    /// <summary>The C# expression that tells whether this machine runs the target at full speed.</summary>
    public abstract string IsSupported { get; }

    /// <summary>Floats per vector.</summary>
    public abstract int Lanes { get; }

    /// <summary>Vector registers.</summary>
    public abstract int Registers { get; }

    /// <summary>Vector registers that may hold sums; the rest are for inputs and weights.</summary>
    public abstract int Accumulators { get; }

    /// <summary>
    /// Whether a multiply-add can read a broadcast constant from memory. Where it cannot, a literal becomes a whole vector load, so
    /// weights are read from constant data instead.
    /// </summary>
    public abstract bool WeightsAsLiterals { get; }

    /// <summary>Whether ReadyToRun can compile this target's kernels before the program runs: it can for the widest vectors that nearly every x64 machine has.</summary>
    public virtual bool IsReadyToRun => false;

    /// <summary>Multiply-adds per cycle of a current core, times two.</summary>
    public abstract int HalfRate { get; }

    /// <summary>C# type of a vector.</summary>
    public abstract string Type { get; }

    /// <summary>The target of half this width, for use in a wider target's class; null if there is none.</summary>
    public abstract Target? Half { get; }

    /// <summary>Ends the helpers' names, so that none is overloaded: empty in the target's own class, else its width.</summary>
    public string Suffix { get; init; } = string.Empty;

    public static Target Parse(string name) => name switch
    {
        TargetNames.Vector512 => Vector512Target.Instance,
        TargetNames.Vector256 => Vector256Target.Instance,
        TargetNames.Vector128 => Vector128Target.Instance,
        TargetNames.Scalar => ScalarTarget.Instance,
        _ => throw new ArgumentException($"Unknown target '{name}'; known are {string.Join(", ", TargetNames.All)}.", nameof(name)),
    };

    /// <summary>The widest of this target and its halves whose vector is no longer than <paramref name="length"/>.</summary>
    public Target AtMost(int length)
    {
        var target = this;
        while (target.Lanes > length && target.Half is { } half)
        {
            target = half;
        }

        return target;
    }

    /// <summary>The narrowest of this target and its halves whose vector holds <paramref name="length"/> floats; this one if none does.</summary>
    public Target Holding(int length)
    {
        var target = this;
        while (target.Half is { } half && half.Lanes >= length)
        {
            target = half;
        }

        return target;
    }

    /// <summary>A C# expression that applies an activation to a vector expression.</summary>
    public string Activate(Activation? activation, string x) => activation?.Kind switch
    {
        null => x,
        ActivationKind.Relu => $"Max{Suffix}({x}, {Zero})",
        ActivationKind.Relu6 => Clamp(x, 0, 6),
        ActivationKind.LeakyRelu => $"LeakyRelu{Suffix}({x}, {Constant(activation.Alpha)})",
        ActivationKind.Clip => Clamp(x, activation.Minimum, activation.Maximum),
        ActivationKind.Elu => $"Elu{Suffix}({x}, {Constant(activation.Alpha)})",
        ActivationKind.Selu => $"Elu{Suffix}({x}, {Constant(activation.Alpha)}) * {Constant(activation.Beta)}",
        ActivationKind.HardSigmoid => Clamp($"F{Suffix}({x}, {Constant(activation.Alpha)}, {Constant(activation.Beta)})", 0, 1),
        ActivationKind.Swish => $"Swish{Suffix}({ForSwish(activation.Alpha, x)}, {Constant(activation.Alpha)})",
        ActivationKind.ThresholdedRelu => $"ThresholdedRelu{Suffix}({x}, {Constant(activation.Alpha)})",
        ActivationKind.Ceil => $"Ceiling{Suffix}({x})",
        var kind => $"{kind}{Suffix}({x})",
    };

    /// <summary>A C# expression for a vector of one number.</summary>
    public abstract string Constant(float value);

    public abstract string Zero { get; }

    /// <summary>The helpers that kernels may call, as C# expressions over their parameters; a helper may use those after it.</summary>
    public abstract IReadOnlyList<Helper> Helpers();

    /// <summary>x, but no further out than where x / (1 + e^−(alpha·x)) is nothing, lest that divide infinity by infinity.</summary>
    private string ForSwish(float alpha, string x)
    {
        var bound = Constant(Math.Min(float.MaxValue, ActivationHelpers.ExponentBound / Math.Abs(alpha)) * (alpha > 0 ? -1 : 1));
        return alpha == 0 ? x : $"{(alpha > 0 ? "Max" : "Min")}{Suffix}({bound}, {x})";
    }

    private string Clamp(string x, float low, float high) => $"Min{Suffix}(Max{Suffix}({x}, {Constant(low)}), {Constant(high)})";
}

/// <summary>One private static method of a generated kernel class.</summary>
/// <param name="Name">Its name, the target's suffix included.</param>
/// <param name="Signature">Result type, name and parameters.</param>
/// <param name="Body">The expression it returns.</param>
internal sealed record Helper(string Name, string Signature, string Body)
{
    /// <summary>Whether the body is statements instead of an expression.</summary>
    public bool IsBlock { get; init; }

    /// <summary>Whether its text is to become part of its callers'. Long functions are called: a kernel has many places that activate.</summary>
    public bool IsInlined { get; init; } = true;
}
