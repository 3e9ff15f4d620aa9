using KernelGen.Model;
using KernelGen.Search.Repair;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Tests.Repair;

public class LayerSamplesTests
{
    /// <summary>3×2 kernels, strides 2 and 1, dilations 1 and 2, padding of one row above and one column to the right.</summary>
    private static readonly Window Odd = new(3, 2, 2, 1, 1, 2, 1, 0, 0, 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_a_convolution_reads_times_its_weights_is_its_result(int groups)
    {
        TorchRuntime.Initialize();
        const int Images = 5;
        torch.random.manual_seed(1);
        using var scope = torch.NewDisposeScope();
        var (x, weight, bias) = (torch.randn(Images, 4, 9, 7), torch.randn(6, 4 / groups, 3, 2), torch.randn(6));
        var result = TorchOperators.Convolve(x, Odd, weight, bias, groups);
        var conv = new Conv(6, Odd, ConvWeights.FromDense(new float[weight.numel()], 6, 4, groups, Odd.Area), null, groups);
        var output = new Shape(6, (int)result.shape[2], (int)result.shape[3]);
        using var samples = new LayerSamples(0, conv, new Shape(4, 9, 7), output, Images, perWeight: 1);

        var (inputs, outputs) = (samples.Inputs(x), samples.Outputs(result, 0));

        Assert.Equal([outputs.shape[0], 4, 6], inputs.shape);
        var parts = inputs.chunk(groups, 1).Zip(weight.chunk(groups, 0)).Select(p => p.First.flatten(1).matmul(p.Second.flatten(1).t()));
        Assert.True(torch.cat([.. parts], 1).Plus(bias).allclose(outputs, 1e-4, 1e-5));
        Assert.True(torch.cat([samples.Outputs(result.narrow(0, 0, 2), 0), samples.Outputs(result.narrow(0, 2, 3), 2)]).allclose(outputs));
    }
}
