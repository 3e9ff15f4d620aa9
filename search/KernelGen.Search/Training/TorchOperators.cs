using KernelGen.Model;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>Every operator without trained weights, on batches [count, …]: the reference interpreter's meaning in TorchSharp.</summary>
internal static class TorchOperators
{
    /// <param name="inputs">[count, …] each; constants have a count of 1 and are repeated.</param>
    /// <param name="to">The shape of the result for one image.</param>
    public static Tensor Apply(Operator op, IReadOnlyList<Tensor> inputs, Shape to) => op switch
    {
        Activation a => TorchActivations.Apply(a, inputs[0]),
        Pool { Kind: PoolKind.Max } p => MaxPool(p.Window, inputs[0]),
        Pool p => AveragePool(p.Window, p.CountPadding, inputs[0]),
        GlobalPool { Kind: PoolKind.Max } => inputs[0].amax([2, 3], keepdim: true),
        GlobalPool => inputs[0].mean([2, 3], keepdim: true),
        Flatten or Reshape => inputs[0].reshape([inputs[0].shape[0], .. Lengths(to)]),
        Softmax s => F.softmax(inputs[0], s.Axis + 1),
        _ => TorchTensorOperators.Apply(op, inputs, to),
    };

    /// <summary>
    /// The kernels go in with their maps innermost in memory, which makes TorchSharp lay the result out alike, and all that is computed
    /// from it: the shapes stay, but batch norm and pooling then work on whole vectors of maps.
    /// </summary>
    /// <remarks>
    /// oneDNN 3.7, which computes them for TorchSharp, gives wrong results for some shapes, and says nothing. Of 1×1 kernels the gradient of
    /// strided ones overruns its memory where there are fewer input maps than a vector has (oneDNN's issue 6035), and results of two threads
    /// differ now and then: they are computed as products of matrices. On AMD's Zen 5 what fills vectors up is not always zero (as in PyTorch's
    /// issue 163347): odd numbers of maps in bfloat16, and a single input map in any type, get a map of zeros more; and groups that
    /// are not depthwise, or dilated, are computed one by one. Depthwise convolutions of stride 2 have wrong gradients in bfloat16: none are
    /// computed in it (<see cref="MixedPrecision.IsRounded"/>). Tests hold results and gradients of every kind of shape to those of double precision.
    /// </remarks>
    /// <param name="x">[count, inputMaps, height, width]</param>
    /// <param name="weight">[outputMaps, inputMaps / groups, kernel height, kernel width]</param>
    public static Tensor Convolve(Tensor x, Window w, Tensor weight, Tensor? bias, int groups)
    {
        using var scope = torch.NewDisposeScope();
        var (targets, sources) = (weight.shape[0], weight.shape[1]);
        if (groups > 1 && ((targets, sources) != (groups, 1) || (w.DilationY, w.DilationX) != (1, 1)))
        {
            return OneByOne(x, w, weight, bias, groups).MoveToOuterDisposeScope();
        }

        if (w is { KernelHeight: 1, KernelWidth: 1 } && groups == 1)
        {
            return Product(x, w, weight, bias).MoveToOuterDisposeScope();
        }

        if (w.PadTop != w.PadBottom || w.PadLeft != w.PadRight)
        {
            (x, w) = (Pad(x, w, 0), w with { PadTop = 0, PadLeft = 0, PadBottom = 0, PadRight = 0 });
        }

        var isRounded = x.dtype == torch.bfloat16;
        var (moreTargets, moreSources) = groups > 1 ? (0, 0) : (isRounded ? targets % 2 : 0, isRounded || sources == 1 ? sources % 2 : 0);
        if (moreTargets + moreSources > 0)
        {
            x = moreSources == 0 ? x : F.pad(x, [0, 0, 0, 0, 0, moreSources]);
            weight = F.pad(weight, [0, 0, 0, 0, 0, moreSources, 0, moreTargets]);
            bias = bias is null ? null : F.pad(bias, [0, moreTargets]);
        }

        var result = F.conv2d(x, MapsInnermost(weight), bias, Strides(w), [w.PadTop, w.PadLeft], Dilations(w), groups);
        return (moreTargets == 0 ? result : MapsInnermost(result.narrow(1, 0, targets))).MoveToOuterDisposeScope();
    }

    /// <summary>The axes of a shape as TorchSharp takes them, without the batch.</summary>
    public static IEnumerable<long> Lengths(Shape shape) => shape.Dimensions.Select(d => (long)d);

    /// <summary>Kernels of one element: each pixel's maps by a matrix.</summary>
    private static Tensor Product(Tensor x, Window w, Tensor weight, Tensor? bias)
    {
        var padded = Pad(x, w, 0);
        var pixels = padded.slice(2, 0, padded.shape[2], w.StrideY).slice(3, 0, padded.shape[3], w.StrideX).permute(0, 2, 3, 1);
        return F.linear(pixels.contiguous(), weight.flatten(1), bias).permute(0, 3, 1, 2);
    }

    private static Tensor OneByOne(Tensor x, Window w, Tensor weight, Tensor? bias, int groups)
    {
        var (sources, targets) = (weight.shape[1], weight.shape[0] / groups);
        return torch.cat(
            [.. Enumerable.Range(0, groups).Select(g => Convolve(
                x.narrow(1, g * sources, sources), w, weight.narrow(0, g * targets, targets), bias?.narrow(0, g * targets, targets), 1))],
            1);
    }

    /// <summary>The same kernels, or images, their maps innermost in memory.</summary>
    private static Tensor MapsInnermost(Tensor x)
    {
        if (x.shape[1] != 1)
        {
            return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        }

        // Of one map the order in memory is the same either way: only the strides can ask for it (but for kernels of one element).
        var same = x.contiguous();
        return same.as_strided(same.shape, [same.shape[2] * same.shape[3], 1, same.shape[3], 1], same.storage_offset());
    }

    private static Tensor MaxPool(Window w, Tensor x) =>
        F.max_pool2d(Pad(x, w, double.NegativeInfinity), [w.KernelHeight, w.KernelWidth], Strides(w), [0, 0], Dilations(w));

    private static Tensor AveragePool(Window w, bool countPadding, Tensor x)
    {
        var padded = HasPadding(w);
        if (!padded && w is { DilationY: 1, DilationX: 1 })
        {
            return F.avg_pool2d(x, [w.KernelHeight, w.KernelWidth], Strides(w));
        }

        var sum = SumOfTaps(w, x);
        return countPadding || !padded
            ? sum.div(TorchScalars.Constant(w.Area))
            : sum / SumOfTaps(w, torch.ones([1, 1, x.shape[2], x.shape[3]]));
    }

    /// <summary>Per map, as a convolution by ones: average pooling in TorchSharp knows neither dilation nor one-sided padding.</summary>
    private static Tensor SumOfTaps(Window w, Tensor x) =>
        Convolve(x, w, torch.ones([x.shape[1], 1, w.KernelHeight, w.KernelWidth]), null, (int)x.shape[1]);

    private static Tensor Pad(Tensor x, Window w, double value) =>
        HasPadding(w) ? F.pad(x, [w.PadLeft, w.PadRight, w.PadTop, w.PadBottom], PaddingModes.Constant, value) : x;

    private static bool HasPadding(Window w) => (w.PadTop | w.PadLeft | w.PadBottom | w.PadRight) != 0;

    private static long[] Strides(Window w) => [w.StrideY, w.StrideX];

    private static long[] Dilations(Window w) => [w.DilationY, w.DilationX];
}
