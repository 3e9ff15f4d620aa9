using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace KernelGen.Runtime;

/// <summary>The size of a method's IL, in the measures that decide whether RyuJIT optimises it.</summary>
/// <param name="Bytes">Of IL.</param>
/// <param name="Locals">Locals and parameters.</param>
/// <param name="LocalUses">Instructions that read, write or take the address of one of them.</param>
public sealed record IlBody(int Bytes, int Instructions, int Locals, int LocalUses)
{
    private const int TwoBytes = 0xFE;

    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(c => (int)(ushort)c.Value);

    /// <summary>
    /// The largest share, in percent, that the method takes of any limit above which RyuJIT compiles it without optimisation:
    /// 60,000 bytes, 20,000 instructions, 2,000 locals and 8,000 uses of them (its jitconfigvalues.h, MinOpts).
    /// </summary>
    public int PercentOfLimits =>
        new[] { Percent(Bytes, 60_000), Percent(Instructions, 20_000), Percent(Locals, 2_000), Percent(LocalUses, 8_000) }.Max();

    /// <summary>Decodes a method's body.</summary>
    /// <returns>Null if it has none.</returns>
    public static IlBody? Of(MethodBase method)
    {
        var body = method.GetMethodBody();
        if (body?.GetILAsByteArray() is not { } il)
        {
            return null;
        }

        var (instructions, uses) = (0, 0);
        for (var at = 0; at < il.Length;)
        {
            var code = Codes[il[at] == TwoBytes ? (TwoBytes << 8) | il[at + 1] : il[at]];
            at += code.Size + OperandBytes(code, il.AsSpan(at + code.Size));
            instructions++;
            uses += UsesLocal(code) ? 1 : 0;
        }

        var locals = body.LocalVariables.Count + method.GetParameters().Length + (method.IsStatic ? 0 : 1);
        return new IlBody(il.Length, instructions, locals, uses);
    }

    private static int Percent(int part, int whole) => (int)(100L * part / whole);

    private static bool UsesLocal(OpCode code) =>
        code.Name!.StartsWith("ldloc", StringComparison.Ordinal)
        || code.Name.StartsWith("stloc", StringComparison.Ordinal)
        || code.Name.StartsWith("ldarg", StringComparison.Ordinal)
        || code.Name.StartsWith("starg", StringComparison.Ordinal);

    private static int OperandBytes(OpCode code, ReadOnlySpan<byte> operand) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(operand)),
        _ => 4,
    };
}
