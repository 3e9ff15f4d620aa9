namespace KernelGen.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The command did its work and the answer is no: a difference above the tolerance.</summary>
    public const int CheckFailed = 1;

    /// <summary>The command line or a file is wrong.</summary>
    public const int BadInput = 2;

    /// <summary>A fault of this program.</summary>
    public const int Internal = 3;

    /// <summary>As shells have it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
