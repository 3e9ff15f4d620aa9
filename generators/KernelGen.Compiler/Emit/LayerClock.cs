using KernelGen.Compiler.Scheduling;

namespace KernelGen.Compiler.Emit;

/// <summary>
/// Has <c>Run</c> note how long each layer takes. A change of a tensor's order belongs to the layer that first reads the result, as
/// the scheduler counts it, and so does a copy of a network's input.
/// </summary>
internal sealed class LayerClock
{
    private const string Name = "LayerClock";

    private readonly int[] owners;

    public LayerClock(ExecutionPlan plan)
    {
        var layers = plan.Graph.Nodes.Select((n, i) => (n.Name, i)).ToDictionary(p => p.Name, p => p.i);
        owners = new int[plan.Steps.Count];
        for (var i = owners.Length - 1; i >= 0; i--)
        {
            var step = plan.Steps[i];
            var isForReader = step is CopyStep or LoadStep && step.Writes is { } to && (to.Name != step.Name || !layers.ContainsKey(step.Name));
            owners[i] = isForReader ? FirstReader(plan.Steps, i, layers.Count) : layers[step.Name];
        }
    }

    /// <summary>Writes the class that holds the clock, and the property to read it.</summary>
    public static void Write(SourceWriter writer, int layers)
    {
        writer.Line();
        writer.Lines($$"""
            /// <summary>
            /// Ticks of <see cref="System.Diagnostics.Stopwatch"/> that each layer took in the latest run of any instance, in the order of the
            /// layers at the top of this file, and in the last element those of copies that no layer reads.
            /// </summary>
            public static long[] LayerTicks => {{Name}}.Ticks;

            private static class {{Name}}
            {
                internal static readonly long[] Ticks = new long[{{Literals.Int(layers + 1)}}];
                private static long last;

                internal static void Start()
                {
                    Array.Clear(Ticks);
                    last = System.Diagnostics.Stopwatch.GetTimestamp();
                }

                internal static void Lap(int layer)
                {
                    var now = System.Diagnostics.Stopwatch.GetTimestamp();
                    Ticks[layer] += now - last;
                    last = now;
                }
            }
            """);
    }

    public void Start(KernelClass kernels) => kernels.Call($"{Name}.Start();");

    /// <summary>Reads the clock where the next step is another layer's.</summary>
    public void AfterStep(KernelClass kernels, int step)
    {
        if (step == owners.Length - 1 || owners[step + 1] != owners[step])
        {
            kernels.Call($"{Name}.Lap({Literals.Int(owners[step])});");
        }
    }

    /// <summary>The owner of the first later step that reads what a step writes; <paramref name="nobody"/> if none does.</summary>
    private int FirstReader(IReadOnlyList<Step> steps, int writer, int nobody)
    {
        for (var i = writer + 1; i < steps.Count; i++)
        {
            if (steps[i].Reads.Contains(steps[writer].Writes))
            {
                return owners[i];
            }
        }

        return nobody;
    }
}
