using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace KernelGen.Search.Training;

/// <summary>Training is not possible on this machine as it is; the message says what to do.</summary>
public sealed class TorchRuntimeException(string message, Exception inner) : Exception(message, inner);

/// <summary>Starts TorchSharp. Everything here that needs it calls <see cref="Initialize"/> itself.</summary>
public static class TorchRuntime
{
    /// <summary>
    /// How many threads compute: two, but one for a process that may only use one core, where two that wait for each other take three times
    /// as long for a small network. No more with more cores: sums are split by thread, so their last bits, and with them everything
    /// trained and searched, would differ.
    /// </summary>
    public static int Threads { get; } = Math.Min(2, Environment.ProcessorCount);

    /// <summary>The precision that is faster here: mixed if the processor multiplies bfloat16 numbers (AVX512_BF16), as others emulate that.</summary>
    public static Precision FastestPrecision { get; } = MultipliesBfloat16() ? Precision.Mixed : Precision.Single;

    /// <summary>Bytes up to which the C library keeps a freed block: the most that it takes.</summary>
    public const int LargestKeptBlock = 32 << 20;

    private static readonly Lock Gate = new();
    private static bool initialized;

    [ThreadStatic]
    private static bool isThreadSet;

    /// <summary>
    /// Mends the native library where needed, loads it and fixes the number of threads that work for this thread (OpenMP keeps
    /// that number per calling thread). Later calls by the same thread do nothing.
    /// </summary>
    /// <exception cref="TorchRuntimeException">TorchSharp's native library does not load.</exception>
    public static void Initialize()
    {
        if (isThreadSet)
        {
            return;
        }

        lock (Gate)
        {
            if (!initialized)
            {
                NativeLibraryFix.Apply();
                SetVariables();
                KeepFreedMemory();
            }

            try
            {
                Configure();
            }
            catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or NotSupportedException or EntryPointNotFoundException)
            {
                var cause = e.InnerException ?? e;
                throw new TorchRuntimeException(
                    $"TorchSharp's native library does not load: {cause.Message} Training needs Linux x64 (glibc), Windows x64 or macOS arm64.",
                    e);
            }

            initialized = true;
            isThreadSet = true;
        }
    }

    /// <summary>
    /// A tensor in memory of the native library. One made of an array alone stays in the array's memory, which lies wherever the
    /// garbage collector put it, and a matrix product's last bits depend on how that is aligned.
    /// </summary>
    internal static torch.Tensor Copy(float[] values, long[] shape)
    {
        using var there = torch.tensor(values, shape);
        return there.clone();
    }

    /// <summary>
    /// What native libraries read from the C library's environment, of which .NET only has a copy; what the user has set stays. OpenMP's threads
    /// spin while they wait for each other: on a machine that is busy with anything else the awaited thread may not run meanwhile, and
    /// training takes ten times as long, while waiting asleep costs little on an idle one. And libtorch shall not warn on the console.
    /// </summary>
    private static void SetVariables()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);
            _ = SetEnvironment("TORCH_CPP_LOG_LEVEL", "ERROR", 0);
        }
    }

    /// <summary>
    /// Makes libtorch read how much it shall log, as Python's does: else it warns, once per thread, of a library (NNPACK) that it can do without.
    /// </summary>
    private static void InitializeLogging()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                ReadLogLevel();
            }
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // Then it warns.
        }
    }

    /// <summary>
    /// The GNU C library gives large blocks back to the system when they are freed, so that every tensor's pages are mapped and
    /// cleared anew: half of a training step. Other C libraries have no such setting, and are left alone.
    /// </summary>
    private static void KeepFreedMemory()
    {
        const int trimThreshold = -1;
        const int topPad = -2;
        const int mmapThreshold = -3;
        const int arenaMax = -8;
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = SetAllocator(arenaMax, 1);
            _ = SetAllocator(mmapThreshold, LargestKeptBlock);
            _ = SetAllocator(trimThreshold, int.MaxValue);
            _ = SetAllocator(topPad, 64 << 20);
        }
        catch (EntryPointNotFoundException)
        {
            // Not the GNU C library.
        }
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    private static extern int SetAllocator(int parameter, int value);

    [DllImport("libc", EntryPoint = "setenv", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int SetEnvironment(string name, string value, int overwrite);

    [DllImport("c10", EntryPoint = "_ZN3c1011initLoggingEv")]
    private static extern void ReadLogLevel();

    private static bool MultipliesBfloat16()
    {
        const int features = 7;
        const int bfloat16 = 1 << 5;
        return Avx512F.IsSupported && X86Base.CpuId(features, 0).Eax >= 1 && (X86Base.CpuId(features, 1).Eax & bfloat16) != 0;
    }

    /// <summary>Apart, so that no TorchSharp type is touched before the fix.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Configure()
    {
        torch.InitializeDeviceType(DeviceType.CPU);
        InitializeLogging();
        torch.set_num_threads(Threads);
    }
}
