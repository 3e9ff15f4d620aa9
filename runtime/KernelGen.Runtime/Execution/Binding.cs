using System.Linq.Expressions;

namespace KernelGen.Runtime;

/// <summary>Delegates that call <c>Run</c> of one new instance of a generated class without boxing or copying.</summary>
/// <param name="Single">Set if there is one input and one output: bound to the method itself.</param>
/// <param name="Many">For any number of inputs and outputs.</param>
internal sealed record Binding(Binding.RunSingle? Single, Action<IReadOnlyList<float[]>, IReadOnlyList<float[]>> Many)
{
    internal delegate void RunSingle(ReadOnlySpan<float> input, Span<float> output);

    internal static Binding Create(Type type, int inputs, int outputs)
    {
        var signature = Enumerable.Repeat(typeof(ReadOnlySpan<float>), inputs)
            .Concat(Enumerable.Repeat(typeof(Span<float>), outputs))
            .ToArray();
        var run = type.GetMethod("Run", signature)
            ?? throw new MissingMethodException(type.FullName, $"Run of {inputs} inputs and {outputs} outputs");
        var instance = Activator.CreateInstance(type)!;
        return new Binding(
            inputs == 1 && outputs == 1 ? run.CreateDelegate<RunSingle>(instance) : null,
            BindMany(instance, run, inputs, outputs));
    }

    private static Action<IReadOnlyList<float[]>, IReadOnlyList<float[]>> BindMany(
        object instance,
        System.Reflection.MethodInfo run,
        int inputs,
        int outputs)
    {
        var given = Expression.Parameter(typeof(IReadOnlyList<float[]>), "inputs");
        var results = Expression.Parameter(typeof(IReadOnlyList<float[]>), "outputs");
        var arguments = Enumerable.Range(0, inputs).Select(i => Element(given, i, typeof(ReadOnlySpan<float>)))
            .Concat(Enumerable.Range(0, outputs).Select(i => Element(results, i, typeof(Span<float>))));
        var call = Expression.Call(Expression.Constant(instance, run.DeclaringType!), run, arguments);
        return Expression.Lambda<Action<IReadOnlyList<float[]>, IReadOnlyList<float[]>>>(call, given, results).Compile();
    }

    private static UnaryExpression Element(ParameterExpression list, int index, Type span) =>
        Expression.Convert(Expression.Property(list, "Item", Expression.Constant(index)), span);
}
