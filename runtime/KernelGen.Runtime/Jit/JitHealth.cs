using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace KernelGen.Runtime;

/// <summary>What the JIT made of one generated method.</summary>
/// <param name="Class">The kernels' class, or the network's own.</param>
/// <param name="NativeBytes">Size of its machine code.</param>
/// <param name="JitMilliseconds">Time to compile it; null if it was compiled on its first call.</param>
/// <param name="IsHelper">A method that was to be inlined everywhere, but some kernel calls it.</param>
public sealed record MethodHealth(
    string Class, string Name, IlBody Il, JitTier Tier, uint NativeBytes, double? JitMilliseconds, bool IsHelper)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Class}.{Name}: {Tier}, {Il}";
}

/// <summary>
/// What the JIT makes of a network's methods: too large ones are dropped to MinOpts, and calls stay where a method has too many
/// locals, both without a word.
/// </summary>
public static class JitHealth
{
    private const BindingFlags Declared =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>
    /// Has the JIT compile <c>Run</c> and every kernel, of targets that this machine lacks too (their vectors are software then). The
    /// target in use also runs once, on zeros, which shows the helpers that were not inlined.
    /// </summary>
    /// <returns>Kernels class by class, as they stand in the source.</returns>
    /// <exception cref="InvalidOperationException">The runtime sends no JIT events.</exception>
    public static IReadOnlyList<MethodHealth> Of(CompiledNetwork network)
    {
        // Listens from here on.
        var listener = JitListener.Shared;
        var type = network.GeneratedType;
        var methods = new[] { type }.Concat(type.GetNestedTypes(BindingFlags.NonPublic))
            .SelectMany(t => t.GetMethods(Declared))
            .Where(m => !m.IsSpecialName)
            .ToList();
        var times = methods.Where(m => !IsInlined(m)).ToDictionary(m => m, Prepare);
        if (network.Target == HostTarget.Name)
        {
            network.Run([.. network.InputShapes.Select(s => new float[s.Length])]);
        }

        var jitted = listener.MethodsOf(type.FullName!).ToLookup(m => m.Id);
        return
        [
            .. from method in methods
               let events = jitted[(ulong)method.MethodHandle.Value]
               where times.ContainsKey(method) || events.Any()
               let last = events.LastOrDefault()
               select new MethodHealth(
                   method.DeclaringType!.Name,
                   method.Name,
                   IlBody.Of(method)!,
                   last?.Tier ?? JitTier.Unknown,
                   last?.NativeBytes ?? 0,
                   times.TryGetValue(method, out var time) ? time : null,
                   IsInlined(method)),
        ];
    }

    private static bool IsInlined(MethodInfo method) =>
        method.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveInlining);

    /// <returns>Milliseconds.</returns>
    private static double Prepare(MethodInfo method)
    {
        var start = Stopwatch.GetTimestamp();
        RuntimeHelpers.PrepareMethod(method.MethodHandle);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
