using System.Reflection;
using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Runtime.Tests;

public class RunBatchTests
{
    private static readonly NetworkDescription Residual = NetworkCases.Named("residual block").Description;
    private static readonly int Length = Residual.Inputs[0].Shape.Length;

    [Theory]
    [InlineData("LeNet-5")]
    [InlineData("residual block")]
    [InlineData("two inputs two outputs")]
    public void Every_image_gives_what_Run_gives_at_every_degree_and_count(string name)
    {
        var description = NetworkCases.Named(name).Description;
        using var network = CompiledNetwork.Load(description);
        var batch = new Batch(network, 37);

        // The degrees rise and fall: workspaces of an earlier call are used again.
        foreach (var (count, degree) in new[] { (37, 3), (0, 2), (1, 4), (2, 1), (7, 7), (36, 2), (5, 64), (37, 1), (37, 5) })
        {
            Assert.Equal(batch.Expected(count), batch.Run(network, count, degree));
        }
    }

    [Fact]
    public void Several_instances_run_batches_at_the_same_time()
    {
        using var network = CompiledNetwork.Load(Residual);
        var batch = new Batch(network, 20);
        var expected = batch.Expected(20);

        Parallel.For(0, 4, i =>
        {
            using var own = network.NewInstance();
            for (var k = 0; k < 5; k++)
            {
                Assert.Equal(expected, batch.Run(own, 20, 3));
            }
        });
    }

    [Fact]
    public void One_thread_is_the_calling_one_and_allocates_nothing()
    {
        using var network = CompiledNetwork.Load(Residual);
        ReadOnlyMemory<float>[] inputs = [new float[3 * Length]];
        Memory<float>[] outputs = [new float[3 * Length]];
        network.RunBatch(inputs, outputs, 3, 1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        network.RunBatch(inputs, outputs, 3, 1);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Workspaces_are_allocated_by_the_first_call_of_a_degree_and_kept()
    {
        using var network = CompiledNetwork.Load(Residual);
        var (type, instance) = (network.GeneratedType, Activator.CreateInstance(network.GeneratedType)!);
        var others = type.GetField("others", BindingFlags.NonPublic | BindingFlags.Instance)!;
        var batch = type.GetMethod("RunBatch")!;

        var kept = new[] { 1, 4, 2, 4, 1 }.Select(degree =>
        {
            batch.Invoke(instance, [new ReadOnlyMemory<float>(new float[4 * Length]), new Memory<float>(new float[4 * Length]), 4, degree]);
            return ((object[])others.GetValue(instance)!).ToArray();
        }).ToList();

        Assert.Empty(kept[0]);
        Assert.Equal(3, kept[1].Distinct(ReferenceEqualityComparer.Instance).Count());
        Assert.All(kept[1], o => Assert.NotSame(instance, o));
        Assert.All(kept.Skip(2), k => Assert.True(k.SequenceEqual(kept[1], ReferenceEqualityComparer.Instance)));
    }

    [Fact]
    public void Wrong_arguments_are_refused_and_change_nothing()
    {
        using var network = CompiledNetwork.Load(Residual);
        var (input, output) = (new float[4 * Length], new float[4 * Length]);
        Array.Fill(input, 1);

        Assert.Throws<ArgumentOutOfRangeException>("count", () => network.RunBatch(input, output, -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("degreeOfParallelism", () => network.RunBatch(input, output, 4, 0));
        Assert.Throws<ArgumentOutOfRangeException>("degreeOfParallelism", () => network.RunBatch(input, output, 4, -1));
        Assert.Throws<ArgumentException>("input", () => network.RunBatch(input, output, 3, 2));
        Assert.Throws<ArgumentException>("input", () => network.RunBatch(input, output, int.MaxValue, 2));
        var error = Assert.Throws<ArgumentException>("output", () => network.RunBatch(input, output.AsMemory(1), 4, 2));
        Assert.StartsWith(
            FormattableString.Invariant($"The memory has {(4 * Length) - 1} elements; 4 images have {4 * Length}."), error.Message, StringComparison.Ordinal);
        Assert.All(output, v => Assert.Equal(0, v));
    }

    [Fact]
    public void A_wrong_number_of_inputs_or_outputs_is_refused()
    {
        using var network = CompiledNetwork.Load(NetworkCases.Named("two inputs two outputs").Description);
        var (inputs, outputs) = new Batch(network, 2).Part(2);

        Assert.Throws<ArgumentException>("inputs", () => network.RunBatch([inputs[0]], outputs, 2, 2));
        Assert.Throws<ArgumentException>("outputs", () => network.RunBatch(inputs, [outputs[0]], 2, 2));
        Assert.Throws<InvalidOperationException>(() => network.RunBatch(inputs[0], outputs[0], 2, 2));
    }

    /// <summary>Random images, with what <c>Run</c> makes of each.</summary>
    private sealed class Batch
    {
        private readonly float[][] inputs;
        private readonly float[][] expected;
        private readonly int images;

        public Batch(CompiledNetwork network, int images)
        {
            this.images = images;
            var samples = NetworkVerifier.RandomSamples(network.Description, 5, images);
            var results = samples.Select(s => network.Run(s)).ToList();
            inputs = [.. network.InputShapes.Select((_, k) => samples.SelectMany(s => s[k]).ToArray())];
            expected = [.. network.OutputShapes.Select((_, k) => results.SelectMany(r => r[k]).ToArray())];
        }

        /// <summary>The first images, and memory for their outputs.</summary>
        public (ReadOnlyMemory<float>[] Inputs, Memory<float>[] Outputs) Part(int count) => (
            [.. inputs.Select(i => (ReadOnlyMemory<float>)i.AsMemory(0, i.Length / images * count))],
            [.. expected.Select(e => (Memory<float>)new float[e.Length / images * count])]);

        public float[][] Expected(int count) => [.. expected.Select(e => e[..(e.Length / images * count)])];

        public float[][] Run(CompiledNetwork network, int count, int degree)
        {
            var (own, results) = Part(count);
            network.RunBatch(own, results, count, degree);
            return [.. results.Select(r => r.ToArray())];
        }
    }
}
