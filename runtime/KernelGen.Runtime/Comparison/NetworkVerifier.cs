using KernelGen.Compiler;
using KernelGen.Model;

namespace KernelGen.Runtime;

/// <summary>Generated code held against the reference interpreter.</summary>
/// <param name="Target">The width that ran.</param>
/// <param name="Samples">Sets of inputs that were run; the elements of all samples are compared as one tensor.</param>
/// <param name="Tensors">One per network output, or one per layer.</param>
public sealed record VerificationReport(string Target, int Samples, IReadOnlyList<TensorComparison> Tensors)
{
    /// <summary>The largest relative difference of any tensor.</summary>
    public double RelativeDifference => Tensors.Max(t => t.RelativeDifference);

    public bool IsWithin(double tolerance) => Tensors.All(t => t.IsWithin(tolerance));
}

/// <summary>Compares generated code with the reference interpreter, for the whole network or layer by layer.</summary>
public static class NetworkVerifier
{
    /// <summary>Compares the outputs of the network.</summary>
    /// <param name="samples">Each holds one array per network input.</param>
    /// <param name="options">Null: only the target that this machine uses.</param>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    public static VerificationReport Verify(
        NetworkDescription description,
        IReadOnlyList<float[][]> samples,
        CompilerOptions? options = null)
    {
        using var network = CompiledNetwork.Load(description, options);
        return Verify(network, samples);
    }

    /// <summary>Compares the outputs of a network that is loaded already.</summary>
    /// <param name="samples">Each holds one array per network input.</param>
    public static VerificationReport Verify(CompiledNetwork network, IReadOnlyList<float[][]> samples)
    {
        ArgumentOutOfRangeException.ThrowIfZero(samples.Count);
        var graph = NetworkGraph.Create(network.Description);
        var expected = samples.Select(s => Interpreter.Run(graph, s)).ToList();
        var actual = samples.Select(s => network.Run(s)).ToList();
        var tensors = network.Description.Outputs
            .Select((name, k) => OutputComparison.Compare(name, Join(expected, k), Join(actual, k)))
            .ToList();
        return new VerificationReport(network.Target, samples.Count, tensors);
    }

    /// <summary>
    /// Compares the result of every layer. The network is compiled with all of them as outputs, so layers that would be
    /// fused are not: this finds which operator is wrong, and <see cref="Verify(NetworkDescription, IReadOnlyList{float[][]}, CompilerOptions?)"/>
    /// tells whether the network is right.
    /// </summary>
    /// <param name="samples">Each holds one array per network input.</param>
    /// <param name="options">Null: only the target that this machine uses.</param>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    public static VerificationReport VerifyLayers(
        NetworkDescription description,
        IReadOnlyList<float[][]> samples,
        CompilerOptions? options = null)
    {
        var sorted = NetworkGraph.Create(description).Nodes.Select(n => n.Name).ToEquatableArray();
        return Verify(description with { Outputs = sorted, Labels = [] }, samples, options);
    }

    /// <summary>Seeded inputs, normally distributed with mean 0 and deviation 1.</summary>
    /// <returns>Samples, each with one array per network input.</returns>
    public static IReadOnlyList<float[][]> RandomSamples(NetworkDescription description, int seed, int samples)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, samples)
            .Select(_ => description.Inputs.Select(i => Normal(random, i.Shape.Length)).ToArray())
            .ToList();
    }

    /// <summary>Box and Muller, 1958.</summary>
    private static float[] Normal(Random random, int length)
    {
        var values = new float[length];
        for (var i = 0; i < length; i++)
        {
            var radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    private static float[] Join(List<float[][]> samples, int output) => samples.SelectMany(s => s[output]).ToArray();
}
