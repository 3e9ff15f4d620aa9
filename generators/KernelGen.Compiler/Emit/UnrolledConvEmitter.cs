using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>Writes a convolution out: one statement per existing weight and vector of pixels.</summary>
internal sealed class UnrolledConvEmitter(KernelClass kernels, UnrolledConvStep step, string id)
{
    private readonly Target target = kernels.Target;
    private readonly ConvTerms conv = step.Conv;
    private readonly TensorLayout from = step.From.Layout;
    private readonly TensorLayout to = step.To.Layout;
    private string weights = string.Empty;

    public void Emit()
    {
        var tile = UnrolledTile.Choose(target, conv.Output.Maps, step.Pixels);
        if (tile.Vectors * conv.Terms.Length > KernelClass.MaxStatements && !Divides(tile.Vectors))
        {
            // Sums that wait in memory between two methods must not be added to twice, so no step may overlap another.
            tile = tile with { Vectors = 1 };
        }

        if (step.To.HasBorder)
        {
            // The masked line of pixels leaves zeros between the rows.
            BorderEmitter.Clear(kernels, step.To, step.Pixels);
        }

        if (!kernels.Literal)
        {
            weights = kernels.Constants.Floats(id + "_weights", () => conv.Terms.Select(t => t.Weight).ToList());
        }

        for (var first = 0; first < conv.Output.Maps; first += tile.Outputs)
        {
            EmitTile(tile with { Outputs = Math.Min(tile.Outputs, conv.Output.Maps - first) }, first);
        }
    }

    private bool Divides(int vectors) => TensorLayout.RoundUp(step.Pixels, target.Lanes) % (vectors * target.Lanes) == 0;

    private void EmitTile(UnrolledTile tile, int firstMap)
    {
        // Positions in the table of weights are positions in the list of all terms.
        var terms = conv.Terms.Select((Term, Index) => (Term, Index)).Where(t => t.Term.Output >= firstMap && t.Term.Output < firstMap + tile.Outputs).ToList();
        var segments = new List<List<(ConvTerm Term, int Index)>> { new() };
        foreach (var tap in terms.GroupBy(t => (t.Term.Source, t.Term.Tap)))
        {
            if ((segments[segments.Count - 1].Count + tap.Count()) * tile.Vectors > KernelClass.MaxStatements)
            {
                segments.Add([]);
            }

            segments[segments.Count - 1].AddRange(tap);
        }

        for (var s = 0; s < segments.Count; s++)
        {
            EmitSegment(tile, firstMap, segments[s], s == 0, s == segments.Count - 1);
        }
    }

    private void EmitSegment(UnrolledTile tile, int firstMap, List<(ConvTerm Term, int Index)> terms, bool isFirst, bool isLast)
    {
        var name = kernels.Unique($"{id}_unrolled_{tile.Outputs}x{tile.Vectors}");
        var masked = isLast && step.To.HasBorder;
        var addend = isLast ? step.Addend : null;
        var parameters = "ref float x, ref float y"
            + (kernels.Literal ? string.Empty : ", ref float w")
            + (masked ? ", ref float inside" : string.Empty)
            + Addend.Parameter(addend);
        var arguments = $"{KernelClass.Ref(step.From)}, {KernelClass.Ref(step.To)}"
            + (kernels.Literal ? string.Empty : ", " + weights)
            + (masked ? ", " + kernels.Constants.Masks(id + "_inside", Inside) : string.Empty)
            + (addend is null ? string.Empty : ", " + KernelClass.Ref(addend));
        kernels.Call($"{name}({arguments});");

        var body = kernels.Body;
        using var method = kernels.Method(
            name, parameters, $"{step.Name}: maps {firstMap}–{firstMap + tile.Outputs - 1}, {terms.Count} weights{(isFirst ? string.Empty : ", continued")}");
        var length = TensorLayout.RoundUp(step.Pixels, target.Lanes);
        var advance = tile.Vectors * target.Lanes;
        var loop = Divides(tile.Vectors)
            ? $"for (var p = 0; p < {length}; p += {advance})"
            : $"for (var step = 0; step < {tile.Steps(target, step.Pixels)}; step++)";
        using (body.Open(loop))
        {
            if (!Divides(tile.Vectors))
            {
                body.Line($"var p = Math.Min(step * {advance}, {length - advance});");
            }

            body.Line("ref var s = ref Unsafe.Add(ref x, p);");
            body.Line("ref var d = ref Unsafe.Add(ref y, p);");
            Each(tile, (o, v) => body.Line($"var {Sum(o, v)} = {(isFirst ? target.Constant(conv.Bias(firstMap + o)) : Load("d", OutputOffset(firstMap + o, v)))};"));
            EmitTerms(tile, firstMap, terms);
            Addend.Add(body, addend, "p", add =>
                Each(tile, (o, v) => add(target, Sum(o, v), addend!.Layout.Origin + ((firstMap + o) * addend.Layout.MapStride) + (v * target.Lanes))));
            Each(tile, (o, v) =>
            {
                var value = isLast ? target.Activate(step.Activation, Sum(o, v)) : Sum(o, v);
                value = masked ? $"Mask{target.Suffix}({value}, {$"L{target.Suffix}(ref inside, p + {v * target.Lanes})"})" : value;
                body.Line($"S{target.Suffix}({value}, ref d, {OutputOffset(firstMap + o, v)});");
            });
        }
    }

    private void EmitTerms(UnrolledTile tile, int firstMap, List<(ConvTerm Term, int Index)> terms)
    {
        var body = kernels.Body;
        if (terms.Count > 0)
        {
            body.Line($"{target.Type} {string.Join(", ", Enumerable.Range(0, tile.Vectors).Select(v => $"x{v}"))}{(kernels.Literal ? string.Empty : ", b")};");
        }

        foreach (var source in terms.GroupBy(t => t.Term.Source))
        {
            body.Line();
            body.Line($"// source map {source.Key}: {Describe(source.Select(t => t.Term.Tap).Distinct().ToArray())}");
            foreach (var tap in source.GroupBy(t => t.Term.Tap))
            {
                var (phase, own) = step.SplitTap(tap.Key);
                var offset = from.Origin + (step.FromMap(source.Key, phase) * from.MapStride) + step.TapOffset(own);
                for (var v = 0; v < tile.Vectors; v++)
                {
                    body.Line($"x{v} = {Load("s", offset + (v * target.Lanes))};");
                }

                foreach (var (term, index) in tap)
                {
                    // Arguments are locals or literals only: the JIT makes a temporary of anything else, and stops inlining
                    // in a method that has more than 512 of them.
                    if (!kernels.Literal)
                    {
                        body.Line($"b = B{target.Suffix}(ref w, {index});");
                    }

                    for (var v = 0; v < tile.Vectors; v++)
                    {
                        var sum = Sum(term.Output - firstMap, v);
                        body.Line(kernels.Literal
                            ? $"{sum} = M{target.Suffix}(x{v}, {Literals.Float(term.Weight)}, {sum});"
                            : $"{sum} = F{target.Suffix}(x{v}, b, {sum});");
                    }
                }
            }
        }

        body.Line();
    }

    /// <summary>The taps, as offset and stride where they have one: the paper's strided sparsity can be read in the kernel.</summary>
    private string Describe(int[] taps)
    {
        var stride = taps.Length > 1 ? taps[1] - taps[0] : 0;
        var isStrided = taps.Length > 2 && stride > 1 && taps.Zip(taps.Skip(1), (a, b) => b - a).All(d => d == stride);
        return taps.Length == conv.Conv.Window.Area ? "all taps"
            : isStrided ? $"taps {taps[0]}, {taps[1]}, … (offset {taps[0]}, stride {stride})"
            : $"taps {string.Join(", ", taps)}";
    }

    /// <summary>Which pixels of the line lie inside the map.</summary>
    private List<bool> Inside() =>
        Enumerable.Range(0, TensorLayout.RoundUp(step.Pixels, TensorLayout.Block))
            .Select(p => p < step.Pixels && p % to.RowStride < to.Width)
            .ToList();

    private int OutputOffset(int map, int vector) => to.Origin + (map * to.MapStride) + (vector * target.Lanes);

    private string Load(string pointer, int offset) => $"L{target.Suffix}(ref {pointer}, {offset})";

    private static string Sum(int output, int vector) => $"a{output}_{vector}";

    private static void Each(UnrolledTile tile, Action<int, int> action)
    {
        for (var o = 0; o < tile.Outputs; o++)
        {
            for (var v = 0; v < tile.Vectors; v++)
            {
                action(o, v);
            }
        }
    }
}
