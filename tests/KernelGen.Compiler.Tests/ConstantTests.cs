using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>Weights go through C# source, in two forms, without the loss of a bit.</summary>
public class ConstantTests
{
    private const int Everything = 1 << 16;

    /// <summary>What each half of a weight may look like as a character: quotes, line ends, halves of surrogate pairs, no character at all.</summary>
    public static TheoryData<int, int> HalvesAndShares()
    {
        var data = new TheoryData<int, int>();
        foreach (var share in new[] { new CompilerOptions().StringShare, 1_001, 0 })
        {
            data.Add(0, share);
            data.Add(16, share);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(HalvesAndShares))]
    public void Every_pattern_of_bits_comes_through(int half, int share)
    {
        // One input, which is 1: the outputs are the weights.
        var weights = Enumerable.Range(0, Everything)
            .Select(i => BitConverter.Int32BitsToSingle(half == 0 ? 0x3F80_0000 | i : (i << 16) | 1))
            .Where(float.IsFinite)
            .ToArray();
        var description = new NetworkDescription(
            "bits", [new NetworkInput("one", new Shape(1))], [new Layer("fc", new Dense(weights.Length, new FloatData(weights)), ["one"])], ["fc"]);
        using var network = CompiledNetwork.Load(description, new CompilerOptions { Targets = [HostTarget.Name], StringShare = share });

        var outputs = network.Run([[1f]])[0];

        Assert.Equal(weights.Select(BitConverter.SingleToInt32Bits), outputs.Select(BitConverter.SingleToInt32Bits));
    }

    /// <summary>More than one class of literals, and tables on either side of the share's end.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(400_000)]
    public void Weights_beyond_the_share_of_strings_are_literals(int share)
    {
        var options = new CompilerOptions { Targets = [HostTarget.Name], Schedule = ScheduleChoice.Loop, StringShare = share };

        var text = NetworkCompiler.Compile(KnownNetworks.LeNet205().Description, options).Text;
        var failures = CaseRunner.Run([KnownNetworks.LeNet205()], options, HostTarget.Name);

        Assert.Empty(failures);
        Assert.Equal(share > 0, text.Contains("Copy(\"\\u", StringComparison.Ordinal));
        Assert.Contains("Copy(Part1.Numbers", text, StringComparison.Ordinal);
    }
}
