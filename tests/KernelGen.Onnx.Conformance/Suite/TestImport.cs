using KernelGen.Model;
using KernelGen.Onnx.Format;

namespace KernelGen.Onnx.Conformance;

/// <summary>A test's network, or why there is none.</summary>
/// <param name="Description">Null if the importer refused the model.</param>
/// <param name="Frozen">Names of the inputs that were made constants.</param>
/// <param name="Error">The importer's first error; null if there is a description.</param>
internal sealed record TestImport(NetworkDescription? Description, IReadOnlyList<string> Frozen, ImportError? Error)
{
    /// <summary>
    /// Imports a test's model as it is. Where that is refused, once more with the values of the first data set for all integer inputs
    /// and all float inputs but the first: many tests feed weights, shapes or axes as inputs.
    /// </summary>
    public static TestImport Of(OperatorTest test)
    {
        var plain = OnnxImporter.Import(test.ModelPath, new ImportOptions { Name = test.Name });
        if (plain.Description is not null)
        {
            return new TestImport(plain.Description, [], null);
        }

        var first = test.Inputs.FirstOrDefault(i => i.Type.IsFloat()).Name;
        var refused = new TestImport(null, [], plain.Errors[0]);
        if (test.Inputs.Count(i => i.Name != first) == 0 || !test.Inputs.All(i => i.Type.IsFloat() || i.Type.IsInteger()))
        {
            return refused;
        }

        var constants = test.Inputs.Zip(test.ReadInputs()).Where(i => i.First.Name != first).ToDictionary(i => i.First.Name, i => i.Second);
        var frozen = OnnxImporter.Import(test.ModelPath, new ImportOptions { Name = test.Name, Constants = constants });
        return frozen.Description is null
            ? refused with { Error = frozen.Errors[0] }
            : new TestImport(frozen.Description, [.. constants.Keys.Order(StringComparer.Ordinal)], null);
    }
}
