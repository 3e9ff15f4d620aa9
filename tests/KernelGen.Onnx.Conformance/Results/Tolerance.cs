using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Conformance;

/// <summary>Whether outputs are those that the standard stores.</summary>
internal static class Tolerance
{
    // Those of ONNX's own backend tests (onnx/backend/test/case/test_case.py), held against numpy.testing.assert_allclose.
    private const double Relative = 1e-3;
    private const double Absolute = 1e-7;

    /// <summary>What is wrong with one output, or null. Integers must be equal.</summary>
    public static string? Fault(OnnxTensor expected, Shape shape, float[] actual)
    {
        if (Value.Reduced(expected.Shape) != shape)
        {
            return $"'{expected.Name}' is {shape}, not {Value.Reduced(expected.Shape)}";
        }

        for (var i = 0; i < actual.Length; i++)
        {
            var right = expected.Integers is { } integers ? integers[i] == actual[i] : IsClose(expected.Floats![i], actual[i]);
            if (!right)
            {
                var value = expected.Integers is { } longs ? longs[i] : (object)expected.Floats![i];
                return FormattableString.Invariant($"'{expected.Name}'[{i}] of {actual.Length} is {actual[i]}, not {value}");
            }
        }

        return null;
    }

    private static bool IsClose(float expected, float actual) =>
        expected.Equals(actual) || Math.Abs((double)actual - expected) <= Absolute + (Relative * Math.Abs((double)expected));
}
