using Snapshooter.Xunit;

namespace KernelGen.Tests;

/// <summary>
/// Compares generated C# with the text committed in <c>__snapshots__</c> beside the test. A kernel that changed fails, and its
/// new text lies in <c>__snapshots__/__mismatch__</c>: read the difference, then move it over the old one if it is right.
/// A snapshot that does not exist is written, except with <c>SNAPSHOOTER_STRICT_MODE=on</c> (in CI), where it fails.
/// </summary>
internal static class KernelSnapshot
{
    /// <param name="name">Name of the snapshot's file, <c>.cs.snap</c> is added.</param>
    public static void Match(string source, string name) => Snapshot.Match(source, name + ".cs");
}
