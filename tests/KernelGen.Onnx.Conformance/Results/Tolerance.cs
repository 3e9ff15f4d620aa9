using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Conformance;

/// <summary>Whether outputs are those that the standard stores.</summary>
internal static class Tolerance
{
    // Those of ONNX's own backend tests (onnx/backend/test/case/test_case.py), held against numpy.testing.assert_allclose.
    private const double Relative = 1e-3;
    private const double Absolute = 1e-7;

    // One unit in the last place of a bfloat16: networks compute with 32-bit floats, and the suite's files were truncated, not rounded.
    private const double RelativeOfBFloat16 = 1 / 128.0;

    /// <summary>What is wrong with one output, or null. Integers must be equal.</summary>
    /// <param name="type">The type of the model's output.</param>
    /// <param name="shape">The shape of the network's output.</param>
    public static string? Fault(OnnxTensor expected, ElementType type, Shape shape, float[] actual)
    {
        if (Value.Reduced(expected.Shape) != shape)
        {
            return $"'{expected.Name}' is {shape}, not {Value.Reduced(expected.Shape)}";
        }

        var relative = type == ElementType.BFloat16 ? RelativeOfBFloat16 : Relative;
        for (var i = 0; i < actual.Length; i++)
        {
            var right = expected.Integers is { } integers ? integers[i] == actual[i] : IsClose(expected.Floats![i], actual[i], relative);
            if (!right)
            {
                var value = expected.Integers is { } longs ? longs[i] : (object)expected.Floats![i];
                return FormattableString.Invariant($"'{expected.Name}'[{i}] of {actual.Length} is {actual[i]}, not {value}");
            }
        }

        return null;
    }

    private static bool IsClose(float expected, float actual, double relative) =>
        expected.Equals(actual)
        || (float.IsFinite(expected) && Math.Abs((double)actual - expected) <= Absolute + (relative * Math.Abs((double)expected)));
}
