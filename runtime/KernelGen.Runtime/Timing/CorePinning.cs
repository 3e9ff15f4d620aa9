using System.Runtime.InteropServices;

namespace KernelGen.Runtime;

/// <summary>Keeps the current thread on one core while it lives, where the system lets it (Linux).</summary>
public sealed class CorePinning : IDisposable
{
    // Room for 1,024 cores, as in glibc's cpu_set_t.
    private const int MaskBytes = 128;
    private const int CallingThread = 0;

    private readonly byte[]? before;

    private CorePinning(byte[]? before, int core)
    {
        this.before = before;
        Core = core;
    }

    /// <summary>The core that the thread is kept on, −1 if it is not.</summary>
    public int Core { get; }

    /// <summary>Pins the calling thread to the last core it is allowed to use: the first ones serve more interrupts.</summary>
    public static CorePinning PinCurrentThread()
    {
        var before = new byte[MaskBytes];
        if (!OperatingSystem.IsLinux() || NativeMethods.GetAffinity(CallingThread, MaskBytes, before) < 0)
        {
            return new CorePinning(null, -1);
        }

        var core = LastCore(before);
        var mask = new byte[MaskBytes];
        mask[core / 8] = (byte)(1 << (core % 8));
        return NativeMethods.SetAffinity(CallingThread, MaskBytes, mask) == 0
            ? new CorePinning(before, core)
            : new CorePinning(null, -1);
    }

    /// <summary>Lets the thread run where it could before. Call it on the thread that was pinned.</summary>
    public void Dispose()
    {
        if (before is not null)
        {
            _ = NativeMethods.SetAffinity(CallingThread, MaskBytes, before);
        }
    }

    private static int LastCore(byte[] mask)
    {
        var core = (MaskBytes * 8) - 1;
        while ((mask[core / 8] >> (core % 8) & 1) == 0)
        {
            core--;
        }

        return core;
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "sched_getaffinity")]
        internal static extern int GetAffinity(int thread, nint size, byte[] mask);

        [DllImport("libc", EntryPoint = "sched_setaffinity")]
        internal static extern int SetAffinity(int thread, nint size, byte[] mask);
    }
}
