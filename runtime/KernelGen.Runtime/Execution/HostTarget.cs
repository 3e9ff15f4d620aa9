using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using KernelGen.Compiler;

namespace KernelGen.Runtime;

/// <summary>The vector width that generated classes choose on this machine.</summary>
public static class HostTarget
{
    /// <summary>One of <see cref="TargetNames"/>: the widest that is accelerated in this process.</summary>
    public static string Name { get; } =
        Vector512.IsHardwareAccelerated ? TargetNames.Vector512
        : Avx2.IsSupported && Fma.IsSupported ? TargetNames.Vector256
        : Vector128.IsHardwareAccelerated ? TargetNames.Vector128
        : TargetNames.Scalar;

    /// <summary>Whether a fused multiply-add is one instruction here.</summary>
    public static bool HasFusedMultiplyAdd { get; } = Fma.IsSupported || AdvSimd.IsSupported || Vector512.IsHardwareAccelerated;
}
