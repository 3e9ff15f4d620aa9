using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>Loops over stretches of memory, for operators that treat every element alike.</summary>
internal static class Runs
{
    /// <summary>
    /// Writes a loop over <paramref name="length"/> floats in the widest vectors that fit; the last vector starts early where the
    /// length does not divide, so the work must not mind being done twice.
    /// </summary>
    /// <param name="write">Writes the work for one vector: the target whose vector it is, and the C# expression of its start.</param>
    public static void Loop(SourceWriter body, Target target, int length, Action<Target, string> write)
    {
        target = target.AtMost(length);
        using (body.Open($"for (var i = 0; i <= {length - target.Lanes}; i += {target.Lanes})"))
        {
            write(target, "i");
        }

        if (length % target.Lanes != 0)
        {
            using var last = body.Open();
            write(target, Literals.Int(length - target.Lanes));
        }
    }

    /// <summary>
    /// Writes a loop over <paramref name="length"/> results of which half a vector is made at a time; the last one starts early
    /// where the length does not divide.
    /// </summary>
    /// <param name="target">Its vector holds no more than twice the length.</param>
    /// <param name="write">As for <see cref="Loop"/>.</param>
    public static void Pairs(SourceWriter body, Target target, int length, Action<Target, string> write)
    {
        var half = target.Lanes / 2;
        using (body.Open($"for (var i = 0; i <= {length - half}; i += {half})"))
        {
            write(target, "i");
        }

        if (length % half != 0)
        {
            using var last = body.Open();
            write(target, Literals.Int(length - half));
        }
    }

    /// <summary>
    /// The parts of a stretch in which whole vectors fit: of the widest target, then what is left over of its halves, so that
    /// every float is in one vector only.
    /// </summary>
    public static IEnumerable<(Target Target, int Start, int End)> Parts(Target target, int length)
    {
        var start = 0;
        for (Target? part = target.AtMost(length); part is not null && start < length; part = part.Half)
        {
            var end = start + ((length - start) / part.Lanes * part.Lanes);
            if (end > start)
            {
                yield return (part, start, end);
            }

            start = end;
        }
    }

    /// <summary>Loops over the stretches of a tensor in which its elements lie side by side.</summary>
    /// <param name="write">Writes the work for one stretch: its length. <c>m</c> is the map (planar), <c>r</c> the row, <c>c</c> the column (interleaved).</param>
    public static void Each(SourceWriter body, TensorLayout layout, Action<int> write)
    {
        if (layout.Order == MapOrder.Planar)
        {
            using var maps = body.Open($"for (var m = 0; m < {layout.Maps}; m++)");
            using var rows = body.Open($"for (var r = 0; r < {layout.Height}; r++)");
            write(layout.Width);
        }
        else
        {
            using var rows = body.Open($"for (var r = 0; r < {layout.Height}; r++)");
            using var columns = body.Open($"for (var c = 0; c < {layout.Width}; c++)");
            write(TensorLayout.RoundUp(layout.Maps, TensorLayout.Block));
        }
    }

    /// <summary>Where the stretch at (m, r) or (r, c) starts.</summary>
    public static string Start(TensorLayout layout) =>
        layout.Order == MapOrder.Planar
            ? $"{layout.Origin} + (m * {layout.MapStride}) + (r * {layout.RowStride})"
            : $"{layout.Origin} + (r * {layout.RowStride}) + (c * {layout.PixelStride})";
}
