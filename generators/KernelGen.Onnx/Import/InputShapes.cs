using KernelGen.Model;
using KernelGen.Onnx.Format;

namespace KernelGen.Onnx.Import;

/// <summary>The shape that each input is imported for.</summary>
internal static class InputShapes
{
    /// <summary>The declared shape with its open lengths filled in: the batch is 1, others are given.</summary>
    /// <param name="given">Null: only the file says.</param>
    /// <returns>Null if it cannot be told; the reason is in <paramref name="errors"/>.</returns>
    public static int[]? Resolve(ValueInfoProto input, int[]? given, ErrorList errors)
    {
        var declared = input.Type?.TensorType?.Shape?.Dim;
        if (given is not null)
        {
            return Matches(input, given, errors) && IsValid(input, given.Select(d => (long)d), errors) ? given : null;
        }

        if (declared is null)
        {
            errors.Add(ImportErrorId.Shape, $"The input {Text.Quote(input.Name)} has no shape. Give one: {Option(input, ["1", "3", "224", "224"])}.");
            return null;
        }

        var shape = declared.Select((d, axis) => IsOpen(d) ? axis == 0 ? 1 : -1 : d.DimValue).ToList();
        if (shape.Contains(-1))
        {
            var example = declared.Select((d, axis) => IsOpen(d)
                ? axis == 0 ? "1" : d.DimParam.Length > 0 ? $"<{Text.OneLine(d.DimParam)}>" : "<?>"
                : FormattableString.Invariant($"{d.DimValue}"));
            errors.Add(
                ImportErrorId.Shape,
                $"The shape of the input {Text.Quote(input.Name)} is open. Fix it: {Option(input, example)}, with a number for each <…>.");
            return null;
        }

        return IsValid(input, shape, errors) ? shape.Select(d => (int)d).ToArray() : null;
    }

    /// <summary>Whether a shape has the declared rank and fixed lengths.</summary>
    public static bool Matches(ValueInfoProto input, int[] shape, ErrorList errors)
    {
        var declared = input.Type?.TensorType?.Shape?.Dim;
        if (declared is not null
            && (declared.Count != shape.Length || declared.Where((d, axis) => !IsOpen(d) && d.DimValue != shape[axis]).Any()))
        {
            var lengths = declared.Select(d => IsOpen(d) ? "?" : FormattableString.Invariant($"{d.DimValue}"));
            errors.Add(
                ImportErrorId.Shape,
                $"The input {Text.Quote(input.Name)} cannot have the shape {Describe(shape)}: the file says {string.Join("x", lengths)}. "
                    + "Export the model with open lengths to change them.");
            return false;
        }

        return true;
    }

    // Without the batch, the model takes this shape or says why not.
    private static bool IsValid(ValueInfoProto input, IEnumerable<long> shape, ErrorList errors)
    {
        long length = 1;
        foreach (var d in shape)
        {
            if (d < 1 || (length *= Math.Min(d, Limits.Elements + 1L)) > Limits.Elements)
            {
                errors.Add(
                    ImportErrorId.Shape,
                    FormattableString.Invariant($"The shape of the input {Text.Quote(input.Name)} has an axis below 1 or more than {Limits.Elements} elements."));
                return false;
            }
        }

        var axes = shape.Count();
        var most = shape.FirstOrDefault() == 1 ? Limits.Rank + 1 : Limits.Rank;
        if (axes > most)
        {
            errors.Add(
                ImportErrorId.Shape,
                FormattableString.Invariant($"The input {Text.Quote(input.Name)} has {axes} axes; at most {Limits.Rank} beside a batch of 1 are supported."));
        }

        return axes <= most;
    }

    // Some exporters write −1 for what is open.
    private static bool IsOpen(TensorShapeProto.Types.Dimension d) => !d.HasDimValue || d.DimValue < 0;

    private static string Describe(int[] shape) => string.Join("x", shape.Select(d => FormattableString.Invariant($"{d}")));

    private static string Option(ValueInfoProto input, IEnumerable<string> lengths) => $"--shape {Text.OneLine(input.Name)}={string.Join("x", lengths)}";
}
