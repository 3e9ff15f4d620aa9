using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Reflection.Emit;

namespace KernelGen.Runtime;

/// <summary>The tier that the JIT compiled a method at, as the runtime's MethodLoadVerbose event has it.</summary>
public enum JitTier
{
    /// <summary>No event has said.</summary>
    Unknown,

    /// <summary>Without optimisation, since the method is too large: 10 to 30 times slower.</summary>
    MinOpts,

    /// <summary>Optimised at once, never to be compiled again.</summary>
    Optimized,

    /// <summary>Tier 0: quickly and without optimisation, until the method has been called often.</summary>
    Quick,

    /// <summary>Tier 1: optimised because the method was called often.</summary>
    OptimizedTier1,

    /// <summary>Optimised while the method ran in a loop.</summary>
    OptimizedOnStack,

    /// <summary>Tier 0 with counters.</summary>
    Instrumented,

    /// <summary>Tier 1 with counters.</summary>
    InstrumentedOptimized,
}

/// <summary>One compilation of one method.</summary>
/// <param name="Id">The runtime's own: the value of the method's <see cref="RuntimeMethodHandle"/>.</param>
/// <param name="Type">Full name; nested types after a plus sign.</param>
/// <param name="NativeBytes">Size of its machine code.</param>
public sealed record JittedMethod(ulong Id, string Type, string Name, JitTier Tier, uint NativeBytes)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Type}.{Name} at {Tier}";
}

/// <summary>
/// Listens to the runtime's JIT events in this process. The JIT drops methods that are too large to MinOpts without a word;
/// this is how one knows.
/// </summary>
public sealed class JitListener : EventListener
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

    /// <summary>One for the whole process, which hears of every method compiled after its first use.</summary>
    public static JitListener Shared { get; } = new();

    /// <summary>What was compiled so far of types whose full names start like this, in order.</summary>
    /// <exception cref="InvalidOperationException">The runtime sends no events.</exception>
    public IReadOnlyList<JittedMethod> MethodsOf(string prefix)
    {
        Flush();
        return methods.Where(m => m.Type.StartsWith(prefix, StringComparison.Ordinal)).ToList();
    }

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        ArgumentNullException.ThrowIfNull(eventSource);
        if (eventSource.Name == Runtime)
        {
            EnableEvents(eventSource, EventLevel.Verbose, Jit);
        }
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        ArgumentNullException.ThrowIfNull(eventData);
        if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) == true)
        {
            var flags = Convert.ToUInt32(Payload(eventData, "MethodFlags"), CultureInfo.InvariantCulture);
            methods.Enqueue(new JittedMethod(
                (ulong)Payload(eventData, "MethodID"),
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
