using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes zeros into the borders of tensors: before the first row of every map, between its rows and after the last.</summary>
internal static class BorderEmitter
{
    /// <summary>Stretches of more floats are left to the runtime's own method.</summary>
    private const int LongStretch = 1_024;

    /// <summary>Clears all borders of a tensor.</summary>
    public static void Clear(KernelClass kernels, TensorBuffer tensor) =>
        Clear(kernels, tensor, tensor.Height, tensor.Width * tensor.Layout.PixelStride);

    /// <summary>Clears what lies before and after the rows of every planar map, which are <paramref name="line"/> floats with the gaps between them.</summary>
    public static void Clear(KernelClass kernels, TensorBuffer tensor, int line) => Clear(kernels, tensor, 1, line);

    private static void Clear(KernelClass kernels, TensorBuffer tensor, int rows, int row)
    {
        var layout = tensor.Layout;
        var (maps, length) = layout.Order == MapOrder.Planar ? (layout.Maps, layout.MapStride) : (1, layout.Length);
        var sizes = string.Join("_", new[] { maps, length, layout.Origin, rows, layout.RowStride, row }.Select(n => Literals.Int(n)));
        var name = kernels.Common($"clear_borders_{sizes}", method => Emit(kernels, method, (maps, length), layout, rows, row));
        kernels.Call($"{name}({KernelClass.Ref(tensor)});");
    }

    private static void Emit(KernelClass kernels, string name, (int Count, int Length) maps, TensorLayout layout, int rows, int row)
    {
        var body = kernels.Body;
        using var method = kernels.Method(name, "ref float x", $"borders around {maps.Count} × {rows} × {row} floats");
        using var loop = body.Open($"for (var m = 0; m < {maps.Count}; m++)");
        body.Line($"ref var d = ref Unsafe.Add(ref x, m * {maps.Length});");
        Zeros(body, kernels.Target, "d", layout.Origin);
        if (rows > 1 && layout.RowStride > row)
        {
            using var gaps = body.Open($"for (var r = 0; r < {rows - 1}; r++)");
            body.Line($"ref var e = ref Unsafe.Add(ref d, {layout.Origin + row} + (r * {layout.RowStride}));");
            Zeros(body, kernels.Target, "e", layout.RowStride - row);
        }

        var end = layout.Origin + ((rows - 1) * layout.RowStride) + row;
        body.Line($"ref var f = ref Unsafe.Add(ref d, {end});");
        Zeros(body, kernels.Target, "f", maps.Length - end);
    }

    private static void Zeros(SourceWriter body, Target target, string start, int length)
    {
        if (length > LongStretch)
        {
            body.Line($"Shared.Clear(ref {start}, {length});");
        }
        else if (length > 0)
        {
            Runs.Loop(body, target, length, (part, i) => body.Line($"S{part.Suffix}({part.Zero}, ref {start}, {i});"));
        }
    }
}
