using System.Runtime.CompilerServices;
using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Runtime.Tests;

public class CompiledNetworkTests
{
    private static readonly NetworkDescription Residual = NetworkCases.Named("residual block").Description;
    private static readonly NetworkDescription TwoByTwo = NetworkCases.Named("two inputs two outputs").Description;

    [Fact]
    public void A_file_is_read_compiled_and_run()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("net.kgn");
        DescriptionFile.Write(path, Residual);

        using var network = CompiledNetwork.Load(path);

        Assert.Equal(Residual, network.Description);
        Assert.Equal(HostTarget.Name, network.Target);
        Assert.True(network.AssemblyBytes > network.Description.Layers.Count);
        Assert.True(NetworkVerifier.Verify(network, NetworkVerifier.RandomSamples(Residual, 1, 3)).IsWithin(OutputComparison.DefaultTolerance));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_bad_file_is_refused_with_its_place()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("bad.kgn");
        File.WriteAllText(path, "{\n  \"format\": \"kernelgen-network\",\n  \"version\": 1,\n  \"name\": 5\n}\n");

        var exception = Assert.Throws<DescriptionException>(() => CompiledNetwork.Load(path));

        Assert.Contains($"{path}(4,", exception.Message, StringComparison.Ordinal);
        Assert.Contains(exception.Errors, e => e.Line == 4);
    }

    [Fact]
    public void A_file_that_is_no_text_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("binary.kgn");
        File.WriteAllBytes(path, [(byte)'{', 0xff, 0xfe, 0x80, (byte)'}']);

        var exception = Assert.Throws<DescriptionException>(() => CompiledNetwork.Load(path));

        Assert.Equal(ProblemId.Syntax, Assert.Single(exception.Errors).Id);
    }

    [Fact]
    public void An_invalid_network_is_refused() =>
        Assert.Throws<InvalidNetworkException>(() => CompiledNetwork.Load(Residual with { Outputs = ["nothing"] }));

    [Fact]
    public void A_wrong_length_is_refused()
    {
        using var network = CompiledNetwork.Load(Residual);
        var (input, output) = (new float[5 * 9 * 9], new float[5 * 9 * 9]);

        network.Run(input, output);

        foreach (var length in new[] { 0, input.Length - 1, input.Length + 1 })
        {
            Assert.Throws<ArgumentException>(() => network.Run(new float[length], output));
            Assert.Throws<ArgumentException>(() => network.Run(input, new float[length]));
        }
    }

    [Fact]
    public void A_wrong_length_or_number_of_several_is_refused()
    {
        using var network = CompiledNetwork.Load(TwoByTwo);
        var inputs = NetworkVerifier.RandomSamples(TwoByTwo, 1, 1)[0];
        var outputs = network.Run(inputs);

        Assert.Throws<ArgumentException>(() => network.Run([inputs[0]]));
        Assert.Throws<ArgumentException>(() => network.Run(inputs, [outputs[0]]));
        Assert.Throws<ArgumentException>(() => network.Run([inputs[0], new float[inputs[1].Length + 1]], outputs));
        Assert.Throws<ArgumentException>(() => network.Run(inputs, [outputs[0], new float[outputs[1].Length + 1]]));
        Assert.Throws<InvalidOperationException>(() => network.Run(inputs[0], outputs[0]));
    }

    [Theory]
    [InlineData("LeNet-5")]
    [InlineData("residual block")]
    [InlineData("two inputs two outputs")]
    [InlineData("softmax along axis 1")]
    public void Running_allocates_nothing(string name)
    {
        var description = NetworkCases.Named(name).Description;
        using var network = CompiledNetwork.Load(description);
        var inputs = NetworkVerifier.RandomSamples(description, 1, 1)[0];
        var outputs = network.Run(inputs);
        network.Run(inputs, outputs);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            network.Run(inputs, outputs);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Instances_do_not_disturb_each_other()
    {
        var description = NetworkCases.Named("LeNet-5").Description;
        var samples = NetworkVerifier.RandomSamples(description, 1, 8);
        using var first = CompiledNetwork.Load(description);
        var expected = samples.Select(s => first.Run(s)[0]).ToArray();

        var actual = new float[samples.Count][];
        Parallel.For(0, samples.Count, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using var own = first.NewInstance();
            for (var k = 0; k < 20; k++)
            {
                actual[i] = own.Run(samples[i])[0];
            }
        });

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Interleaved_instances_keep_their_own_workspace()
    {
        using var a = CompiledNetwork.Load(Residual);
        using var b = a.NewInstance();
        var samples = NetworkVerifier.RandomSamples(Residual, 3, 2);
        var (ofA, ofB) = (a.Run(samples[0]), b.Run(samples[1]));

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ofA[0], a.Run(samples[0])[0]);
            Assert.Equal(ofB[0], b.Run(samples[1])[0]);
        }
    }

    [Fact]
    public void The_output_may_lie_where_the_input_did()
    {
        using var network = CompiledNetwork.Load(Residual);
        var input = NetworkVerifier.RandomSamples(Residual, 4, 1)[0][0];
        var expected = network.Run([input])[0];

        network.Run(input, input);

        Assert.True(OutputComparison.Compare("in place", expected, input).IsWithin(0));
    }

    [Fact]
    public void A_disposed_network_is_unloaded_and_refuses_to_run()
    {
        var code = LoadAndDispose();

        for (var i = 0; i < 20 && code.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(code.IsAlive);
    }

    [Fact]
    public void Options_choose_the_class_and_the_target()
    {
        var options = new CompilerOptions { ClassName = "Small", Namespace = "", Targets = [TargetNames.Scalar] };

        using var network = CompiledNetwork.Load(Residual, options);

        Assert.Equal(TargetNames.Scalar, network.Target);
        Assert.Contains("class Small", network.Source.Text, StringComparison.Ordinal);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference LoadAndDispose()
    {
        var network = CompiledNetwork.Load(Residual);
        network.Run(new float[405], new float[405]);
        var code = new WeakReference(network.GeneratedType.Assembly);
        network.Dispose();
        Assert.Throws<ObjectDisposedException>(() => network.Run(new float[405], new float[405]));
        Assert.Throws<ObjectDisposedException>(() => network.NewInstance());
        return code;
    }
}
