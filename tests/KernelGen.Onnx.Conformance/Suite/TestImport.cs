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
    /// Imports a test's model for the shapes of its first data set. Where that is refused, once more with the data set's values for all
    /// integer inputs and all float inputs but the first: many tests feed weights, shapes or axes as inputs.
    /// </summary>
    public static TestImport Of(OperatorTest test)
    {
        if (!test.Inputs.All(i => i.Type.IsFloat() || i.Type.IsInteger()))
        {
            return new TestImport(null, [], Import(test, []).Errors[0]);
        }

        var inputs = test.Inputs.Zip(test.ReadInputs(), (input, tensor) => (input.Name, input.Type, Tensor: tensor)).ToList();
        var shapes = inputs.Where(i => i.Type.IsFloat()).ToDictionary(i => i.Name, i => i.Tensor.Shape);
        var plain = Import(test, shapes);
        var first = shapes.Keys.FirstOrDefault();
        var constants = inputs.Where(i => i.Name != first).ToDictionary(i => i.Name, i => i.Tensor);

        // Of integers alone nothing would be left to compute.
        if (plain.Description is not null || constants.Count == 0 || first is null)
        {
            return new TestImport(plain.Description, [], plain.Errors.FirstOrDefault());
        }

        var frozen = Import(test, shapes.Where(s => s.Key == first).ToDictionary(), constants);
        return new TestImport(frozen.Description, [.. constants.Keys.Order(StringComparer.Ordinal)], frozen.Errors.FirstOrDefault());
    }

    private static ImportResult Import(OperatorTest test, Dictionary<string, int[]> shapes, Dictionary<string, OnnxTensor>? constants = null) =>
        OnnxImporter.Import(test.ModelPath, new ImportOptions { Name = test.Name, Shapes = shapes, Constants = constants ?? [] });
}
