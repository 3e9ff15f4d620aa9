using KernelGen.Model;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using Reduce = KernelGen.Model.Reduce;
using Tensor = TorchSharp.torch.Tensor;

namespace KernelGen.Search.Training;

/// <summary>
/// The operators on tensors of any rank in TorchSharp. The batch is one more axis in front, so each axis of the model is one
/// further back, and tensors of different ranks are aligned behind the batch axis before they are broadcast.
/// </summary>
internal static class TorchTensorOperators
{
    public static Tensor Apply(Operator op, IReadOnlyList<Tensor> inputs, Shape to) => op switch
    {
        Add => inputs.Select(x => Aligned(x, to)).Aggregate((sum, x) => sum.Plus(x)),
        Binary b => Combine(b.Kind, Aligned(inputs[0], to), Aligned(inputs[1], to)),
        Concat c => torch.cat(SameCount(inputs), c.Axis + 1),
        MatMul => torch.matmul(Aligned(inputs[0], to), Aligned(inputs[1], to)),
        Reduce r => Combine(r, inputs[0]),
        Transpose t => inputs[0].permute([0, .. t.Permutation.Select(axis => axis + 1L)]),
        Slice s => Cut(s, inputs[0]),
        Pad p => F.pad(inputs[0], Margins(p), PaddingModes.Constant, p.Value),
        Gather g => Pick(inputs[0], g.Axis, g.Indices),
        Expand => Aligned(inputs[0], to).expand([inputs[0].shape[0], .. TorchOperators.Lengths(to)]),
        Resample r => Interpolate(r, inputs[0]),
        _ => throw new NotSupportedException($"{op.GetType().Name} cannot be trained."),
    };

    /// <summary>The tensor with as many axes as the result has, those that it lacks behind the batch axis as 1.</summary>
    private static Tensor Aligned(Tensor x, Shape to)
    {
        var missing = to.Rank + 1 - x.dim();
        return missing == 0 ? x : x.reshape([x.shape[0], .. Enumerable.Repeat(1L, (int)missing), .. x.shape.Skip(1)]);
    }

    private static Tensor[] SameCount(IReadOnlyList<Tensor> inputs)
    {
        var count = inputs.Max(x => x.shape[0]);
        return [.. inputs.Select(x => x.shape[0] == count ? x : x.expand([count, .. x.shape.Skip(1)]))];
    }

    private static Tensor Combine(BinaryKind kind, Tensor a, Tensor b) => kind switch
    {
        BinaryKind.Subtract => a - b,
        BinaryKind.Multiply => a * b,
        BinaryKind.Divide => a / b,
        BinaryKind.Power => a.pow(b),
        BinaryKind.Minimum => a.minimum(b),
        BinaryKind.Maximum => a.maximum(b),
        BinaryKind.Prelu => torch.where(a.gt(TorchScalars.Constant(0)), a, a * b),
        _ => throw new NotSupportedException($"The operator {kind} cannot be trained."),
    };

    private static Tensor Combine(Reduce reduce, Tensor x)
    {
        long[] axes = [.. reduce.Axes.Select(axis => axis + 1L)];
        return reduce.Kind switch
        {
            ReduceKind.Sum => x.sum(axes, keepdim: true),
            ReduceKind.Mean => x.mean(axes, keepdim: true),
            ReduceKind.Max => x.amax(axes, keepdim: true),
            ReduceKind.Min => x.amin(axes, keepdim: true),
            ReduceKind.Product => axes.Aggregate(x, (product, axis) => product.prod(axis, keepdim: true)),
            ReduceKind.ArgMax => x.argmax(axes[0], keepdim: true).to(torch.float32),
            ReduceKind.ArgMin => x.argmin(axes[0], keepdim: true).to(torch.float32),
            _ => throw new NotSupportedException($"The reduction {reduce.Kind} cannot be trained."),
        };
    }

    private static Tensor Cut(Slice slice, Tensor x)
    {
        for (var axis = 0; axis < slice.Sizes.Count; axis++)
        {
            var (start, step, size) = (slice.Starts[axis], slice.Steps[axis], slice.Sizes[axis]);
            x = step == 1 || size == 1
                ? x.narrow(axis + 1, start, size)
                : Pick(x, axis, Enumerable.Range(0, size).Select(i => start + (i * step)));
        }

        return x;
    }

    private static Tensor Pick(Tensor x, int axis, IEnumerable<int> indices) =>
        x.index_select(axis + 1, torch.tensor(indices.Select(i => (long)i).ToArray()));

    /// <summary>As TorchSharp takes them: the last axis first, before and after.</summary>
    private static long[] Margins(Pad pad) =>
        [.. Enumerable.Range(0, pad.Before.Count).Reverse().SelectMany(axis => new long[] { pad.Before[axis], pad.After[axis] })];

    private static Tensor Interpolate(Resample resample, Tensor x)
    {
        var count = resample.Indices.Count / resample.Taps;
        long[] along = [.. Enumerable.Repeat(1L, resample.Axis + 1), count, .. Enumerable.Repeat(1L, (int)x.dim() - resample.Axis - 2)];
        return Enumerable.Range(0, resample.Taps).Select(Tap).Aggregate((sum, tap) => sum.Plus(tap));

        Tensor Tap(int tap)
        {
            var positions = Enumerable.Range(0, count).Select(i => (i * resample.Taps) + tap).ToList();
            var weights = torch.tensor(positions.Select(p => resample.Weights[p]).ToArray(), along);
            return Pick(x, resample.Axis, positions.Select(p => resample.Indices[p])) * weights;
        }
    }
}
