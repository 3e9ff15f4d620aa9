using KernelGen.Model;

namespace KernelGen.Compiler;

/// <summary>What the generated class is called and how its kernels are built.</summary>
public sealed record CompilerOptions
{
    /// <summary>Namespace of the generated class; empty: the global namespace.</summary>
    public string Namespace { get; init; } = "KernelGen.Networks";

    /// <summary>Name of the generated class: a C# identifier.</summary>
    public string ClassName { get; init; } = "Network";

    /// <summary>Whether the class is public or internal.</summary>
    public bool IsPublic { get; init; } = true;

    /// <summary>Whether the class is emitted as <c>partial</c>, to complete one that the user declared.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Vector widths to emit, of <see cref="TargetNames"/>; the class picks the widest supported one at start.</summary>
    public EquatableArray<string> Targets { get; init; } = TargetNames.All;

    /// <summary>How convolutions and fully connected layers are computed.</summary>
    public ScheduleChoice Schedule { get; init; } = ScheduleChoice.Auto;

    /// <summary>Multiply-adds that may be written out per target over the whole network, when the schedule is chosen by cost.</summary>
    public int UnrollBudget { get; init; } = 4_000;

    /// <summary>
    /// Weights that may be kept as strings, which compile fastest. All strings of an assembly share 16 MB, 4 bytes a weight: the default
    /// leaves half of that to others; the source generator shares out three quarters among the models of a project.
    /// </summary>
    public int StringShare { get; init; } = 2_000_000;

    /// <summary>
    /// Whether the code is for an assembly that ReadyToRun compiles ahead of time for AVX2: its 256-bit kernels then leave out
    /// the attribute that has the JIT optimise them at their first call, because that attribute keeps them out of ReadyToRun.
    /// </summary>
    public bool ReadyToRun { get; init; }

    /// <summary>
    /// Whether <c>Run</c> notes how long each layer takes and the class has <c>LayerTicks</c>. For measurements: reading the clock
    /// costs some 20 ns per layer, and all instances share one clock, so that only one may run at a time.
    /// </summary>
    public bool TimesLayers { get; init; }
}

/// <summary>The names of the targets, widest first.</summary>
public static class TargetNames
{
    public const string Vector512 = "512";
    public const string Vector256 = "256";
    public const string Vector128 = "128";
    public const string Scalar = "scalar";

    public static EquatableArray<string> All { get; } = [Vector512, Vector256, Vector128, Scalar];
}

/// <summary>The form of the kernels of convolutions and fully connected layers.</summary>
public enum ScheduleChoice
{
    /// <summary>Per layer, by the cost model.</summary>
    Auto,

    /// <summary>Every convolution and fully connected layer written out, every weight a literal.</summary>
    Unrolled,

    /// <summary>Every convolution and fully connected layer as loops over constant weights.</summary>
    Loop,

    /// <summary>Every 3×3 convolution of stride 1 by Winograd's algorithm, the other layers as loops.</summary>
    Winograd,

    /// <summary>Every convolution as loops over lists of its weights, fully connected layers as <see cref="Loop"/>.</summary>
    Sparse,
}
