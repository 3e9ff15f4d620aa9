using System.Globalization;
using System.Text.RegularExpressions;
using KernelGen.Model;
using KernelGen.Onnx;

namespace KernelGen.Cli;

/// <summary>Stored inputs of a network and what it gave for them elsewhere.</summary>
/// <param name="Name">The folder they are in.</param>
internal sealed record VectorSet(string Name, float[][] Inputs, float[][] Outputs);

/// <summary>
/// Folders with stored inputs and outputs: <c>input_0.pb</c>, <c>output_0.pb</c>, … as ONNX's own tests have them, also as
/// <c>.npy</c>, and also with the model's name in front (<c>model.input.npy</c>, <c>model.output_0.npy</c>); or a folder of such
/// folders named <c>test_data_set_N</c>.
/// </summary>
internal static partial class VectorFiles
{
    /// <exception cref="InputException">There are none, or they do not fit the model.</exception>
    public static IReadOnlyList<VectorSet> Read(string folder, string model, NetworkDescription description)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"--vectors: {folder} is no folder.");
        }

        var sets = Directory.EnumerateDirectories(folder, "test_data_set_*")
            .Order(StringComparer.Ordinal)
            .Append(folder)
            .Select(f => ReadSet(f, Path.GetFileNameWithoutExtension(model), description))
            .OfType<VectorSet>()
            .ToList();
        return sets.Count > 0
            ? sets
            : throw new InputException($"--vectors: {folder} holds no input_0.pb and output_0.pb, nor the same as .npy or with the model's name in front.");
    }

    private static VectorSet? ReadSet(string folder, string stem, NetworkDescription description)
    {
        var files = Directory.EnumerateFiles(folder)
            .Select(f => (File: f, Match: NamePattern().Match(Path.GetFileName(f))))
            .Where(f => f.Match.Success && (f.Match.Groups["stem"].Value.Length == 0 || f.Match.Groups["stem"].Value == stem + "."))
            .ToLookup(f => f.Match.Groups["kind"].Value, f => (f.File, Index: IndexOf(f.Match.Groups["index"].Value)));
        if (!files.Contains("input") || !files.Contains("output"))
        {
            return null;
        }

        var graph = NetworkGraph.Create(description);
        return new VectorSet(
            folder,
            Read(folder, "input", files["input"], [.. description.Inputs.Select(i => (i.Name, i.Shape))]),
            Read(folder, "output", files["output"], [.. description.Outputs.Select(o => (o, graph.ShapeOf(o)))]));
    }

    private static float[][] Read(
        string folder, string kind, IEnumerable<(string File, int Index)> files, IReadOnlyList<(string Name, Shape Shape)> tensors)
    {
        var byIndex = files.ToLookup(f => f.Index, f => f.File);
        var surplus = byIndex.Where(f => f.Key >= tensors.Count).SelectMany(f => f).FirstOrDefault();
        if (surplus is not null)
        {
            throw new InputException($"{surplus}: the model has {tensors.Count} {kind}s, counted from 0.");
        }

        return [.. tensors.Select((tensor, index) => byIndex[index].Count() switch
        {
            0 => throw new InputException($"{folder} holds no {kind} {index} (of '{tensor.Name}', {tensor.Shape})."),
            1 => Read(byIndex[index].First(), tensor.Name, tensor.Shape),
            _ => throw new InputException($"{folder} holds {kind} {index} more than once: {string.Join(", ", byIndex[index].Select(Path.GetFileName))}."),
        })];
    }

    private static float[] Read(string file, string name, Shape shape)
    {
        float[] values;
        try
        {
            values = Path.GetExtension(file) == ".npy" ? NumpyFile.Read(file) : Floats(OnnxTensorFile.Read(file));
        }
        catch (InvalidDataException e)
        {
            throw new InputException(e.Message);
        }

        return values.Length == shape.Length
            ? values
            : throw new InputException($"{file} holds {values.Length} values, but '{name}' is {shape}, {shape.Length} values.");
    }

    private static float[] Floats(OnnxTensor tensor) => tensor.Floats ?? Array.ConvertAll(tensor.Integers!, i => (float)i);

    private static int IndexOf(string text) => text.Length == 0 ? 0 : int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<stem>.+\.)?(?<kind>input|output)(_(?<index>[0-9]{1,4}))?\.(pb|npy)$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
