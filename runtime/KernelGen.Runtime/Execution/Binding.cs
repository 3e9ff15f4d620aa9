using System.Linq.Expressions;
using System.Reflection;

namespace KernelGen.Runtime;

/// <summary>Delegates that call one new instance of a generated class without boxing or copying.</summary>
/// <param name="Single">Set if there is one input and one output: bound to <c>Run</c> itself.</param>
/// <param name="Many">For any number of inputs and outputs.</param>
/// <param name="Batch">Bound to <c>RunBatch</c> when it is first asked for, for any number of inputs and outputs.</param>
internal sealed record Binding(
    Binding.RunSingle? Single, Action<IReadOnlyList<float[]>, IReadOnlyList<float[]>> Many, Lazy<Binding.RunBatch> Batch)
{
    internal delegate void RunSingle(ReadOnlySpan<float> input, Span<float> output);

    internal delegate void RunBatch(
        IReadOnlyList<ReadOnlyMemory<float>> inputs, IReadOnlyList<Memory<float>> outputs, int count, int degreeOfParallelism);

    internal static Binding Create(Type type, int inputs, int outputs)
    {
        var instance = Activator.CreateInstance(type)!;
        var run = Method(type, "Run", inputs, typeof(ReadOnlySpan<float>), outputs, typeof(Span<float>));
        var batch = Method(type, "RunBatch", inputs, typeof(ReadOnlyMemory<float>), outputs, typeof(Memory<float>), typeof(int), typeof(int));
        return new Binding(
            inputs == 1 && outputs == 1 ? run.CreateDelegate<RunSingle>(instance) : null,
            Bind<Action<IReadOnlyList<float[]>, IReadOnlyList<float[]>>>(instance, run, inputs, outputs),
            new Lazy<RunBatch>(() => Bind<RunBatch>(instance, batch, inputs, outputs)));
    }

    private static MethodInfo Method(Type type, string name, int inputs, Type input, int outputs, Type output, params Type[] others) =>
        type.GetMethod(name, [.. Enumerable.Repeat(input, inputs), .. Enumerable.Repeat(output, outputs), .. others])
        ?? throw new MissingMethodException(type.FullName, $"{name} of {inputs} inputs and {outputs} outputs");

    /// <summary>A delegate of a list of inputs and one of outputs, whose elements become the method's first arguments, and of its other arguments.</summary>
    private static T Bind<T>(object instance, MethodInfo method, int inputs, int outputs)
        where T : Delegate
    {
        var given = typeof(T).GetMethod("Invoke")!.GetParameters().Select(p => Expression.Parameter(p.ParameterType, p.Name)).ToArray();
        var parameters = method.GetParameters();
        var arguments = Enumerable.Range(0, inputs).Select(i => Element(given[0], i, parameters[i].ParameterType))
            .Concat(Enumerable.Range(0, outputs).Select(i => Element(given[1], i, parameters[inputs + i].ParameterType)))
            .Concat(given.Skip(2));
        return Expression.Lambda<T>(Expression.Call(Expression.Constant(instance, method.DeclaringType!), method, arguments), given).Compile();
    }

    private static Expression Element(ParameterExpression list, int index, Type type) =>
        Expression.Convert(Expression.Property(list, "Item", Expression.Constant(index)), type);
}
