using KernelGen.Model;

namespace KernelGen.Compiler.Scheduling;

/// <summary>Turns the operators that only move elements into copies between views.</summary>
internal static class MoveBuilder
{
    /// <summary>Parts of a Gather that are copied one by one; above it reads its indices from a table.</summary>
    private const int MostParts = 4;

    public static bool IsMove(Operator op) => op is Flatten or Reshape or Transpose or Slice or Pad or Gather or Expand or Concat
        || (op is Resample resample && IsNearest(resample));

    /// <summary>The steps that fill <paramref name="to"/>, which shows a whole tensor of the operator's shape.</summary>
    /// <param name="from">The operator's inputs, whole.</param>
    public static IEnumerable<Step> Steps(string name, Operator op, IReadOnlyList<TensorView> from, TensorView to) => op switch
    {
        Flatten or Reshape => [new CopyStep(name, from[0], to)],
        Transpose transpose => [new CopyStep(name, from[0] with { Axes = transpose.Permutation.Select(a => from[0].Axes[a]).ToEquatableArray() }, to)],
        Slice slice => [new CopyStep(name, from[0] with { Axes = Sliced(slice).ToEquatableArray() }, to)],
        Expand => [new CopyStep(name, Expanded(from[0], to.Shape), to)],
        Gather gather => Gathered(name, gather, from[0], to),
        Concat concat => Joined(name, concat.Axis, from, to),
        Resample nearest => Gathered(name, new Gather(nearest.Axis, nearest.Indices), from[0], to),
        Pad pad => Surrounded(name, pad, from[0], to),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    /// <summary>Whether an interpolation takes every element from one other as it is.</summary>
    private static bool IsNearest(Resample resample) => resample.Taps == 1 && Enumerable.Range(0, resample.Weights.Length).All(i => resample.Weights[i] == 1);

    private static IEnumerable<ViewAxis> Sliced(Slice slice) =>
        slice.Sizes.Select((size, axis) => new ViewAxis(size, axis, slice.Starts[axis], slice.Steps[axis]));

    /// <summary>Axes of 1, and those that the tensor has not, repeat.</summary>
    private static TensorView Expanded(TensorView view, Shape shape)
    {
        var missing = shape.Rank - view.Shape.Rank;
        return view with
        {
            Axes = shape.Dimensions.Select((length, axis) =>
                axis < missing || view.Shape[axis - missing] == 1 ? new ViewAxis(length, -1) : view.Axes[axis - missing]).ToEquatableArray(),
        };
    }

    private static IEnumerable<Step> Joined(string name, int axis, IReadOnlyList<TensorView> from, TensorView to)
    {
        var start = 0;
        foreach (var view in from)
        {
            var length = view.Shape[axis];
            yield return new CopyStep(name, view, to.With(axis, new ViewAxis(length, axis, start)), start == 0);
            start += length;
        }
    }

    private static IEnumerable<Step> Surrounded(string name, Pad pad, TensorView from, TensorView to)
    {
        yield return new FillStep(name, to, pad.Value);
        yield return new CopyStep(
            name,
            from,
            to with { Axes = from.Shape.Dimensions.Select((length, axis) => new ViewAxis(length, axis, pad.Before[axis])).ToEquatableArray() },
            IsFirstOfTarget: false);
    }

    private static IEnumerable<Step> Gathered(string name, Gather gather, TensorView source, TensorView to)
    {
        var (axis, indices) = (gather.Axis, gather.Indices);
        if (Repeats(indices) is var times && times > 1)
        {
            // Every index several times in a row: an axis of the different ones, and one that repeats.
            var different = Enumerable.Range(0, indices.Count / times).Select(i => indices[i * times]).ToEquatableArray();
            var axes = source.Axes.ToList();
            axes[axis] = Along(axis, different);
            axes.Insert(axis + 1, new ViewAxis(times, -1));
            return [new CopyStep(name, source with { Axes = axes.ToEquatableArray() }, to)];
        }

        var parts = Progressions(indices);
        if (parts.Count > MostParts)
        {
            return [new CopyStep(name, source.With(axis, Along(axis, indices)), to)];
        }

        return parts.Select(part => new CopyStep(
            name,
            source.With(axis, Along(axis, indices.Skip(part.Start).Take(part.Length).ToEquatableArray())),
            to.With(axis, new ViewAxis(part.Length, axis, part.Start)),
            part.Start == 0));
    }

    /// <summary>An axis of these indices: a start and a step if they follow each other evenly.</summary>
    private static ViewAxis Along(int axis, EquatableArray<int> indices) => Progressions(indices).Count == 1
        ? new ViewAxis(indices.Count, axis, indices[0], indices.Count > 1 ? indices[1] - indices[0] : 1)
        : new ViewAxis(indices.Count, axis, Indices: indices);

    /// <summary>How many times in a row every index comes, if all do alike; else 1.</summary>
    private static int Repeats(EquatableArray<int> indices)
    {
        var times = indices.TakeWhile(i => i == indices[0]).Count();
        return indices.Count % times == 0 && Enumerable.Range(0, indices.Count).All(i => indices[i] == indices[i / times * times]) ? times : 1;
    }

    /// <summary>The stretches in which the indices follow each other by one step.</summary>
    private static List<(int Start, int Length)> Progressions(EquatableArray<int> indices)
    {
        var parts = new List<(int Start, int Length)>();
        for (var start = 0; start < indices.Count;)
        {
            var length = Math.Min(2, indices.Count - start);
            while (start + length < indices.Count
                && indices[start + length] - indices[start + length - 1] == indices[start + 1] - indices[start])
            {
                length++;
            }

            parts.Add((start, length));
            start += length;
        }

        return parts;
    }
}
