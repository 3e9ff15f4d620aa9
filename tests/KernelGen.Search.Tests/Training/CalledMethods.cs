using System.Reflection;
using System.Reflection.Emit;

namespace KernelGen.Search.Tests.Training;

/// <summary>The methods that a method's instructions name (ECMA-335, III.1.2: a code of one or two bytes, then its operand).</summary>
internal static class CalledMethods
{
    private const byte FirstOfTwo = 0xFE;
    private const BindingFlags AllDeclared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => c.Value);

    /// <summary>All methods and constructors of an assembly.</summary>
    public static IEnumerable<MethodBase> Of(Assembly assembly) =>
        assembly.GetTypes().SelectMany(t => t.GetMembers(AllDeclared).OfType<MethodBase>());

    /// <summary>Those that can be told without the type arguments of a generic method or type.</summary>
    public static IEnumerable<MethodBase> By(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == FirstOfTwo)
            {
                value = (short)(FirstOfTwo << 8 | code[at++]);
            }

            var kind = Codes[value].OperandType;
            if (kind is OperandType.InlineMethod or OperandType.InlineTok && Resolve(method, BitConverter.ToInt32(code, at)) is { } called)
            {
                yield return called;
            }

            at += kind switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private static MethodBase? Resolve(MethodBase within, int token)
    {
        try
        {
            return within.Module.ResolveMember(
                token,
                within.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null,
                within.IsGenericMethod ? within.GetGenericArguments() : null) as MethodBase;
        }
        catch (Exception e) when (e is FileNotFoundException or TypeLoadException or MissingMethodException)
        {
            return null; // Of an assembly that is not there: not TorchSharp's.
        }
    }
}
