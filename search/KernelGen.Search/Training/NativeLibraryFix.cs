using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace KernelGen.Search.Training;

/// <summary>
/// TorchSharp 0.107's Linux library asks for a version of libstdc++ (GLIBCXX_3.4.32, GCC 13) that Debian 12 and Ubuntu 22.04
/// do not have, although nothing in it uses a symbol of that version. Such a demand is marked weak in the copy of the library
/// beside this program; the loader then accepts it.
/// </summary>
internal static class NativeLibraryFix
{
    private const string LibraryFile = "libLibTorchSharp.so";
    private const string CppRuntime = "libstdc++.so.6";

    /// <summary>Mends the library of this program where the machine needs it; elsewhere does nothing.</summary>
    /// <exception cref="TorchRuntimeException">It is needed and cannot be done.</exception>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux() || FindLibrary() is not { } path || FindCppRuntime() is not { } runtime)
        {
            return;
        }

        Apply(path, runtime);
    }

    /// <summary>Marks as weak what the library asks of libstdc++ and this libstdc++ lacks.</summary>
    /// <returns>Whether the file was changed.</returns>
    /// <exception cref="TorchRuntimeException">The library really uses what is missing, is not understood, or cannot be written.</exception>
    [SupportedOSPlatform("linux")]
    internal static bool Apply(string libraryPath, string cppRuntimePath)
    {
        try
        {
            var changed = Mend(File.ReadAllBytes(libraryPath), new ElfFile(File.ReadAllBytes(cppRuntimePath)).Defined());
            if (changed is null)
            {
                return false;
            }

            Replace(libraryPath, changed);
            return true;
        }
        catch (InvalidDataException e)
        {
            throw new TorchRuntimeException($"{libraryPath} cannot be made to work with {cppRuntimePath}: {e.Message}. Use a system with GCC 13's libstdc++ or newer.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TorchRuntimeException(
                $"{libraryPath} asks for a newer libstdc++ than this system has. It can be mended, but its folder cannot be written ({e.Message}). " +
                "Run once with write access to that folder, copy the program to a folder of yours, or use a system with GCC 13's libstdc++ or newer.",
                e);
        }
    }

    /// <summary>The library's bytes with every missing, unused version marked weak; null if there is nothing to change.</summary>
    private static byte[]? Mend(byte[] library, IReadOnlyList<string> available)
    {
        byte[]? changed = null;
        var elf = new ElfFile(library);
        foreach (var version in elf.Needed().Where(n => n.Library == CppRuntime && !n.IsWeak && !available.Contains(n.Version)))
        {
            changed = elf.IsUsed(version)
                ? throw new InvalidDataException($"it uses symbols of {version.Version}")
                : elf.WithWeak(version);
            elf = new ElfFile(changed);
        }

        return changed;
    }

    /// <summary>
    /// Writes a temporary file and renames it. Time and size stay as they were, so that a build does not copy the original back;
    /// a process that has the old file open is not disturbed.
    /// </summary>
    [SupportedOSPlatform("linux")]
    private static void Replace(string path, byte[] content)
    {
        var temporary = FormattableString.Invariant($"{path}.{Environment.ProcessId}.tmp");
        try
        {
            File.WriteAllBytes(temporary, content);
            File.SetLastWriteTimeUtc(temporary, File.GetLastWriteTimeUtc(path));
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(path));
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static string? FindLibrary()
    {
        var start = AppContext.BaseDirectory;
        string[] places =
        [
            Path.Combine(start, LibraryFile),
            Path.Combine(start, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", LibraryFile),
            Path.Combine(start, "runtimes", "linux-x64", "native", LibraryFile),
        ];
        return Array.Find(places, File.Exists);
    }

    /// <summary>The libstdc++ that the loader takes for this process.</summary>
    private static string? FindCppRuntime() =>
        NativeLibrary.TryLoad(CppRuntime, out _)
            ? File.ReadLines("/proc/self/maps")
                .Select(line => line[Math.Max(0, line.IndexOf('/'))..])
                .FirstOrDefault(path => Path.GetFileName(path).StartsWith("libstdc++.so", StringComparison.Ordinal))
            : null;
}
