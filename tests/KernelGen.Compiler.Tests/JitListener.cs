using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Reflection.Emit;

namespace KernelGen.Compiler.Tests;

/// <summary>The tier that the JIT compiled a method at, as the runtime's MethodLoadVerbose event has it.</summary>
internal enum JitTier
{
    Unknown,
    MinOpts,
    Optimized,
    Quick,
    OptimizedTier1,
    OptimizedOnStack,
    Instrumented,
    InstrumentedOptimized,
}

internal sealed record JittedMethod(string Type, string Name, JitTier Tier, uint NativeBytes)
{
    public override string ToString() => $"{Type}.{Name} at {Tier}";
}

/// <summary>
/// Listens to the runtime's JIT events in this process. The JIT drops methods that are too large to MinOpts without a word;
/// this is how one knows.
/// </summary>
internal sealed class JitListener : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Jit = (EventKeywords)0x10;
    private const int TierShift = 7;
    private const uint TierMask = 7;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static int sentinels;

    private readonly ConcurrentQueue<JittedMethod> methods = new();

    private JitListener()
    {
    }

    /// <summary>One for the whole process: the events name the generated class, so tests need not take turns.</summary>
    public static JitListener Shared { get; } = new();

    /// <summary>The methods of the given type (and the types within) that were compiled so far.</summary>
    public IReadOnlyList<JittedMethod> MethodsOf(string type)
    {
        Flush();
        return methods.Where(m => m.Type == type || m.Type.StartsWith(type + "+", StringComparison.Ordinal)).ToList();
    }

    /// <summary>All methods compiled at MinOpts so far whose type's name starts like this.</summary>
    public IReadOnlyList<JittedMethod> MinOpts(string prefix)
    {
        Flush();
        return methods.Where(m => m.Tier == JitTier.MinOpts && m.Type.StartsWith(prefix, StringComparison.Ordinal)).ToList();
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
        {
            EnableEvents(eventSource, EventLevel.Verbose, Jit);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) == true)
        {
            var flags = Convert.ToUInt32(Payload(eventData, "MethodFlags"), System.Globalization.CultureInfo.InvariantCulture);
            methods.Enqueue(new JittedMethod(
                (string)Payload(eventData, "MethodNamespace"),
                (string)Payload(eventData, "MethodName"),
                (JitTier)(flags >> TierShift & TierMask),
                (uint)Payload(eventData, "MethodSize")));
        }
    }

    private static object Payload(EventWrittenEventArgs eventData, string name) =>
        eventData.Payload![eventData.PayloadNames!.IndexOf(name)]!;

    /// <summary>Events arrive late but in order: compiles a method of a new name and waits for it.</summary>
    private void Flush()
    {
        var name = FormattableString.Invariant($"Sentinel{Interlocked.Increment(ref sentinels)}");
        var sentinel = new DynamicMethod(name, typeof(int), []);
        var il = sentinel.GetILGenerator();
        il.Emit(OpCodes.Ldc_I4_0);
        il.Emit(OpCodes.Ret);
        sentinel.CreateDelegate<Func<int>>()();
        if (!SpinWait.SpinUntil(() => methods.Any(m => m.Name == name), Patience))
        {
            throw new InvalidOperationException("The runtime's JIT events do not arrive.");
        }
    }
}
