using System.Runtime.Versioning;
using KernelGen.Search.Tests.Data;
using KernelGen.Search.Training;

namespace KernelGen.Search.Tests.Training;

[SupportedOSPlatform("linux")]
public sealed class NativeLibraryFixTests : IDisposable
{
    private const string New = "GLIBCXX_3.4.32";
    private const string Old = "GLIBCXX_3.4.30";
    private readonly TemporaryDirectory directory = new();

    [SkippableFact]
    public void A_missing_version_that_nothing_uses_is_made_weak_once()
    {
        SkipElsewhere();
        var original = Library(isUsed: false);
        var path = directory.Write("lib.so", original);
        var time = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, time);

        Assert.True(NativeLibraryFix.Apply(path, Runtime(Old)));

        var expected = (byte[])original.Clone();
        expected[SyntheticElf.FlagsOffset] = 2;
        Assert.Equal(expected, File.ReadAllBytes(path));
        Assert.Equal(time, File.GetLastWriteTimeUtc(path));
        Assert.False(NativeLibraryFix.Apply(path, Runtime(Old)));
        Assert.Equal(2, Directory.GetFiles(directory.Path).Length);
    }

    [SkippableFact]
    public void Nothing_is_changed_where_libstdcpp_has_the_version()
    {
        SkipElsewhere();
        var path = directory.Write("lib.so", Library(isUsed: true));
        Assert.False(NativeLibraryFix.Apply(path, Runtime(New)));
        Assert.Equal(Library(isUsed: true), File.ReadAllBytes(path));
    }

    [SkippableFact]
    public void A_missing_version_that_is_used_is_refused()
    {
        SkipElsewhere();
        var path = directory.Write("lib.so", Library(isUsed: true));
        var error = Assert.Throws<TorchRuntimeException>(() => NativeLibraryFix.Apply(path, Runtime(Old)));
        Assert.Contains(New, error.Message);
        Assert.Equal(Library(isUsed: true), File.ReadAllBytes(path));
    }

    [SkippableFact]
    public void A_folder_that_cannot_be_written_gives_a_clear_message()
    {
        SkipElsewhere();
        var path = directory.Write("lib.so", Library(isUsed: false));

        // A folder in the temporary file's place fails for every user, root included.
        Directory.CreateDirectory(FormattableString.Invariant($"{path}.{Environment.ProcessId}.tmp"));

        var error = Assert.Throws<TorchRuntimeException>(() => NativeLibraryFix.Apply(path, Runtime(Old)));
        Assert.Contains("cannot be written", error.Message);
        Assert.Equal(Library(isUsed: false), File.ReadAllBytes(path));
    }

    [SkippableFact]
    public void The_real_library_can_be_mended()
    {
        SkipElsewhere();
        var source = Directory.GetFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories).FirstOrDefault();
        Skip.If(source is null, "TorchSharp has no Linux library beside these tests.");
        var bytes = File.ReadAllBytes(source!);

        // As it comes in the package, whatever an earlier run did to this copy.
        foreach (var version in new ElfFile(bytes).Needed())
        {
            bytes[version.FlagsOffset] = 0;
        }

        var path = directory.Write("libLibTorchSharp.so", bytes);
        Assert.Contains(new ElfFile(bytes).Needed(), v => v is { Library: "libstdc++.so.6", Version: New, IsWeak: false });
        var runtime = directory.Write("runtime.so", SyntheticElf.Create("x", "y", Old, isUsed: false));

        // Against a libstdc++ that has nothing, versions that are used are missing as well: that must be refused.
        Assert.Throws<TorchRuntimeException>(() => NativeLibraryFix.Apply(path, runtime));
        var elf = new ElfFile(bytes);
        Assert.False(elf.IsUsed(elf.Needed().Single(v => v.Version == New)));
    }

    [Fact]
    public void Every_truncation_and_every_wrong_byte_is_read_or_refused_but_never_a_crash()
    {
        var whole = Library(isUsed: true);
        for (var i = 0; i < whole.Length; i++)
        {
            Read(whole[..i]);
            foreach (byte value in new byte[] { 0, 1, 0x7F, 0x80, 0xFF })
            {
                var changed = (byte[])whole.Clone();
                changed[i] = value;
                Read(changed);
            }
        }
    }

    public void Dispose() => directory.Dispose();

    private static void Read(byte[] bytes)
    {
        try
        {
            var elf = new ElfFile(bytes);
            elf.Defined();
            foreach (var version in elf.Needed())
            {
                elf.IsUsed(version);
            }
        }
        catch (InvalidDataException)
        {
            // Refused, as a damaged file may be.
        }
    }

    private static void SkipElsewhere() => Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux needs the fix.");

    private static byte[] Library(bool isUsed) => SyntheticElf.Create("libstdc++.so.6", New, "LIB_1", isUsed);

    private string Runtime(string defined) =>
        directory.Write("libstdc++.so.6", SyntheticElf.Create("libc.so.6", "GLIBC_2.34", defined, isUsed: false));
}
