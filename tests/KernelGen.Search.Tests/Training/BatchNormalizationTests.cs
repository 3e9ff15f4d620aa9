using KernelGen.Model;
using KernelGen.Search.Data;
using KernelGen.Search.Training;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Tests.Training;

/// <summary>Batch norm of a batch, for numbers of maps that are computed in rows and for others, against TorchSharp's own.</summary>
public class BatchNormalizationTests
{
    private const double Momentum = 0.3;
    private const double Epsilon = 1e-3;

    [Theory]
    [InlineData(11, 8, false)]
    [InlineData(11, 8, true)]
    [InlineData(1, 4, false)]
    [InlineData(8, 4, false)]
    [InlineData(21, 4, false)]
    [InlineData(16, 4, false)]
    [InlineData(5, 3, false)]
    public void Results_gradients_and_statistics_are_those_of_TorchSharp(int maps, int side, bool mapsInnermost)
    {
        TorchRuntime.Initialize();
        using var scope = torch.NewDisposeScope();
        var values = Random([4, maps, side, side], 100);
        var x = (mapsInnermost ? values.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : values).detach().requires_grad_();
        var weight = Random(values.shape, 0);
        using var mine = Parameters(maps);
        using var theirs = Parameters(maps);

        var got = BatchNormalization.Apply(x, mine, Momentum, Epsilon);
        var expected = F.batch_norm(x, theirs.Mean!, theirs.Variance!, theirs.Scale!, theirs.Bias!, training: true, Momentum, Epsilon);

        Close(expected, got, 1e-4);
        Close(theirs.Mean!, mine.Mean!, 1e-3);
        Close(theirs.Variance!, mine.Variance!, 1e-4);
        foreach (var (a, b) in Gradients(expected, theirs).Zip(Gradients(got, mine)))
        {
            Close(a, b, 1e-3);
        }

        IEnumerable<Tensor> Gradients(Tensor y, LayerParameters own) => torch.autograd.grad([(y * weight).sum()], [x, own.Scale!, own.Bias!]);
    }

    [Fact]
    public void Bfloat16_is_rounded_once_or_twice_but_not_summed()
    {
        TorchRuntime.Initialize();
        using var scope = torch.NewDisposeScope();
        var x = Random([32, 11, 16, 16], 1);
        using var mine = Parameters(11);
        using var theirs = Parameters(11);

        var got = BatchNormalization.Apply(x.to(torch.bfloat16), mine, Momentum, Epsilon);
        var expected = F.batch_norm(x, theirs.Mean!, theirs.Variance!, theirs.Scale!, theirs.Bias!, training: true, Momentum, Epsilon);

        Assert.Equal(torch.bfloat16, got.dtype);
        Close(expected, got.to(torch.float32), 0.05);
        Close(theirs.Mean!, mine.Mean!, 1e-3);
        Close(theirs.Variance!, mine.Variance!, 1e-3);
    }

    private static LayerParameters Parameters(int maps)
    {
        FloatData Values(double from) => new([.. Enumerable.Range(0, maps).Select(m => (float)(from + (0.1 * m)))]);
        return LayerParameters.Create(new BatchNorm(Values(0.5), Values(-0.3), Values(0.2), Values(0.7)), new Shape(maps, 1, 1))!;
    }

    private static Tensor Random(long[] shape, double mean)
    {
        var random = new DeterministicRandom(shape[1]);
        return torch.tensor(Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (float)(mean + random.NextNormal())).ToArray(), shape);
    }

    private static void Close(Tensor expected, Tensor got, double tolerance)
    {
        Assert.Equal(expected.shape, got.shape);
        using var difference = (expected - got).abs().max();
        Assert.True(difference.item<float>() <= tolerance, $"{difference.item<float>()}");
    }
}
