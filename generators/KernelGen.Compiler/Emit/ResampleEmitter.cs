using KernelGen.Compiler.Scheduling;
using KernelGen.Compiler.Targets;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes interpolation along one axis: slice by slice with vectors over the other axes where those lie side by side, else the
/// axis innermost. Which slices of the input, and how much of each, comes from tables.
/// </summary>
internal sealed class ResampleEmitter(KernelClass kernels, ResampleStep step, string id)
{
    /// <summary>Taps that are written out; more are a loop.</summary>
    private const int MostWrittenOut = 4;

    private readonly SourceWriter body = kernels.Body;
    private readonly int taps = step.Resample.Taps;

    public void Emit()
    {
        var name = kernels.Unique($"{id}_resample");
        var (from, to, axis, length) = (step.From.Layout, step.To.Layout, step.Resample.Axis, step.Shape[step.Resample.Axis]);
        var (source, target) = (from.Strides(step.Input), to.Strides(step.Shape));
        var nest = new LoopNest(Lanes.Others(step.Shape, [axis], from, to), [source, target]);
        var offsets = kernels.Constants.Ints(name + "_offsets", () => step.Resample.Indices.Select(i => i * source[axis]).ToList());
        var weights = kernels.Constants.Floats(name + "_weights", () => step.Resample.Weights.Span.ToArray());
        kernels.Call($"{name}({KernelClass.Ref(step.From, from.Origin)}, {KernelClass.Ref(step.To, to.Origin)}, {offsets}, {weights});");
        using var method = kernels.Method(
            name, "ref float x, ref float y, ref int offsets, ref float weights", $"{step.Name}: axis {axis} to {length}, {taps} taps");
        if (nest.IsVector)
        {
            using var slices = body.Open($"for (var slice = 0; slice < {length}; slice++)");
            Taps();
            body.Line($"ref var z = ref Unsafe.Add(ref y, slice * {target[axis]});");
            nest.Write(body, kernels.Target, ["x", "z"], (vector, i) => body.Line(nest.Store(vector, 1, i, Sum(vector, at => nest.Load(vector, 0, i, at)))));
        }
        else
        {
            nest.Write(body, kernels.Target.AtMost(1), ["x", "y"], (scalar, i) =>
            {
                body.Line($"ref var s = {nest.Start(0, i)};");
                body.Line($"ref var d = {nest.Start(1, i)};");
                using var slices = body.Open($"for (var slice = 0; slice < {length}; slice++)");
                Taps();
                body.Line($"Unsafe.Add(ref d, slice * {target[axis]}) = {Sum(scalar, at => $"Unsafe.Add(ref s, {at})")};");
            });
        }
    }

    /// <summary>Where the slices are that this one is made of, and how much of each it takes.</summary>
    private void Taps()
    {
        for (var t = 0; t < taps && taps <= MostWrittenOut; t++)
        {
            body.Line($"var (o{t}, w{t}) = (Unsafe.Add(ref offsets, (slice * {taps}) + {t}), Unsafe.Add(ref weights, (slice * {taps}) + {t}));");
        }
    }

    /// <summary>A C# expression for the sum over the taps; a loop before it where there are many.</summary>
    private string Sum(Target target, Func<string, string> load)
    {
        if (taps <= MostWrittenOut)
        {
            return Enumerable.Range(0, taps).Aggregate(target.Zero, (sum, t) => $"M{target.Suffix}({load($"o{t}")}, w{t}, {sum})");
        }

        body.Line($"var v = {target.Zero};");
        using (body.Open($"for (var t = slice * {taps}; t < (slice + 1) * {taps}; t++)"))
        {
            body.Line($"var e = {load("Unsafe.Add(ref offsets, t)")};");
            body.Line("var w = Unsafe.Add(ref weights, t);");
            body.Line($"v = M{target.Suffix}(e, w, v);");
        }

        return "v";
    }
}
