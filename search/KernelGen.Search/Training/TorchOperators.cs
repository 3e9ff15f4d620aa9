using KernelGen.Model;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>Every operator without trained weights, on batches [count, …]: the reference interpreter's meaning in TorchSharp.</summary>
internal static class TorchOperators
{
    public static Tensor Apply(Operator op, IReadOnlyList<Tensor> inputs) => op switch
    {
        Activation a => Activate(a, inputs[0]),
        Pool { Kind: PoolKind.Max } p => MaxPool(p.Window, inputs[0]),
        Pool p => AveragePool(p.Window, p.CountPadding, inputs[0]),
        GlobalPool { Kind: PoolKind.Max } => inputs[0].amax([2, 3], keepdim: true),
        GlobalPool => inputs[0].mean([2, 3], keepdim: true),
        Add => inputs.Skip(1).Aggregate(inputs[0], (sum, x) => sum + x),
        Concat => torch.cat([.. inputs], 1),
        Flatten => inputs[0].flatten(1),
        Reshape r => inputs[0].reshape([inputs[0].shape[0], .. r.Shape.Dimensions.Select(d => (long)d)]),
        Softmax s => F.softmax(inputs[0], s.Axis + 1),
        _ => throw new NotSupportedException($"{op.GetType().Name} cannot be trained."),
    };

    public static Tensor Activate(Activation a, Tensor x) => a.Kind switch
    {
        ActivationKind.Relu => F.relu(x),
        ActivationKind.Relu6 => x.clamp(0, 6),
        ActivationKind.LeakyRelu => F.leaky_relu(x, a.Alpha),
        ActivationKind.Sigmoid => torch.sigmoid(x),
        ActivationKind.HardSwish => F.hardswish(x),
        ActivationKind.Clip => x.clamp(a.Minimum, a.Maximum),
        _ => throw new NotSupportedException($"The activation {a.Kind} cannot be trained."),
    };

    public static Tensor Convolve(Tensor x, Window w, Tensor weight, Tensor? bias, int groups) =>
        F.conv2d(Pad(x, w, 0), weight, bias, Strides(w), [0, 0], Dilations(w), groups);

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
            ? sum / w.Area
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
