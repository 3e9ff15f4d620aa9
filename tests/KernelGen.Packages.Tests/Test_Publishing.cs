using System.Runtime.Intrinsics.X86;
using System.Text.Json;

namespace KernelGen.Packages.Tests;

/// <summary>What the package does where an app is compiled ahead of time.</summary>
[Collection(nameof(ConsumerProject))]
public sealed class Test_Publishing(ConsumerProject consumer)
{
    private const string Advice = "KernelGen: NativeAOT compiles for processors without AVX";

    private static readonly string Packages = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    [Theory]
    [InlineData(true, "-r", "linux-x64", "-p:PublishAot=true")]
    [InlineData(false, "-r", "linux-x64", "-p:PublishAot=true", "-p:IlcInstructionSet=x86-64-v3")]
    public async Task NativeAotWithoutAvxIsSaid(bool said, params string[] arguments)
    {
        var target = await consumer.DotNet("build", consumer.Folder, ["--no-restore", "-t:KernelGenAdviseOnAot", .. arguments]);

        Assert.Equal(said, target.AssertSuccess().Output.Contains(Advice, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("true --instruction-set:x86-64-v3", "-r", "linux-x64", "-p:PublishReadyToRun=true")]
    [InlineData("false", "-r", "linux-x64", "-p:PublishReadyToRun=true", "-p:KernelGenReadyToRun=false")]
    [InlineData("", "-r", "linux-arm64", "-p:PublishReadyToRun=true")]
    public async Task ReadyToRunIsAskedForAvx2(string expected, params string[] arguments)
    {
        // Evaluated only: `dotnet publish` sets this property too.
        var build = await consumer.DotNet(
            "build",
            consumer.Folder,
            ["--no-restore", "-p:_IsPublishing=true", "-getProperty:KernelGenReadyToRun", "-getProperty:PublishReadyToRunCrossgen2ExtraArgs", .. arguments]);

        using var output = JsonDocument.Parse(build.AssertSuccess().Output);
        var values = output.RootElement.GetProperty("Properties").EnumerateObject().Select(p => p.Value.GetString()!.Trim(';'));
        Assert.Equal(expected, string.Join(' ', values).Trim());
    }

    [SkippableFact]
    public async Task NativeAotForAvx2TakesTheKernelsThatTheJitTakes()
    {
        var compiler = Directory.Exists(Path.Combine(Packages, "runtime.linux-x64.microsoft.dotnet.ilcompiler"));
        var linker = new[] { "clang", "gcc" }.FirstOrDefault(l => File.Exists("/usr/bin/" + l));
        Skip.IfNot(OperatingSystem.IsLinux() && Fma.IsSupported && !Avx512F.IsSupported, "The kernels for AVX2 are what an x64 Linux machine without AVX-512 takes.");
        Skip.If(!compiler || linker is null, "NativeAOT's compiler is not among this machine's packages, or it has no linker.");
        var input = await consumer.WriteInput();
        var folder = consumer.CreateAnother("Aot");

        (await consumer.DotNet(
            "publish",
            folder,
            "-r", "linux-x64", "-o", "out", "-p:PublishAot=true", "-p:CppCompilerAndLinker=" + linker, "-p:IlcInstructionSet=x86-64-v3", "-p:RestoreFallbackFolders=" + Packages)).AssertSuccess();
        ConsumerOutput.AssertAgrees(await Command.Run(Path.Combine(folder, "out", "Consumer"), folder, input), out var aot);
        ConsumerOutput.AssertAgrees(await Command.DotNet(consumer.Folder, consumer.Assembly, input), out var jit);

        Assert.Equal("targets: 256 256", jit);
        Assert.Equal(jit, aot);
    }
}
