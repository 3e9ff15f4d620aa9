using KernelGen.Model;
using KernelGen.Tests;

namespace KernelGen.Packages.Tests;

/// <summary>What the consumer prints, held against the reference.</summary>
internal static class ConsumerOutput
{
    /// <summary>The numbers in the file that the consumer reads.</summary>
    public static float[] Input { get; } = SmallNetworks.Values(64, seed: 20);

    /// <param name="targets">The targets in use: of the class whose widest is 256, and of the one whose widest is 512.</param>
    public static void AssertAgrees(CommandResult run, out string targets)
    {
        var lines = run.AssertSuccess().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(7, lines.Length);
        AssertAgrees("classifier", SmallNetworks.All["classifier"], lines[0]);
        AssertAgrees("strided", SmallNetworks.All["strided"], lines[1]);
        AssertAgrees("imported", SmallNetworks.All["classifier"], lines[2]);
        AssertAgrees("wide", Enumerable.Range(0, 2 * 4 * 6).Select(i => (Input[i] + Input[i + 8]) * ConsumerProject.Scale).ToArray(), lines[3]);
        Assert.Equal("allocated: 0", lines[4]);
        Assert.Equal(lines[1].Replace("strided", "batch", StringComparison.Ordinal), lines[5]);
        targets = lines[6];
    }

    private static void AssertAgrees(string name, NetworkDescription network, string line) =>
        AssertAgrees(name, Interpreter.Run(NetworkGraph.Create(network), [Input[..network.Inputs[0].Shape.Length]])[0], line);

    private static void AssertAgrees(string name, float[] expected, string line)
    {
        var words = line.Split(' ');
        var actual = words.Skip(1).Select(w => BitConverter.Int32BitsToSingle(Convert.ToInt32(w, 16))).ToArray();

        Assert.Equal(name + ":", words[0]);
        Assert.Equal(expected.Length, actual.Length);
        var scale = expected.Max(Math.Abs);
        Assert.True(scale > 0);
        Assert.All(expected.Zip(actual), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-5f * scale, $"{pair} in {name}"));
    }
}
