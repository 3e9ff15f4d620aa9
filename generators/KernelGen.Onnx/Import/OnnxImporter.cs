using KernelGen.Model;
using KernelGen.Onnx.Format;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx;

/// <summary>Reads ONNX files into network descriptions.</summary>
public static class OnnxImporter
{
    /// <summary>Imports a file, wholly or not at all: what cannot be imported is named, all of it at once.</summary>
    /// <param name="path">Of the <c>.onnx</c> file. External data are read from its folder only.</param>
    /// <returns>Its description has neither labels nor a provenance. The inputs and outputs have ONNX's names and order.</returns>
    public static ImportResult Import(string path, ImportOptions? options = null)
    {
        options ??= new ImportOptions();
        var errors = new ErrorList();
        var external = new ExternalData(path);
        NetworkDescription? description = null;
        try
        {
            var model = MessageFile.Read(path, ModelProto.Parser, "ONNX model");
            if (model.Graph is null)
            {
                errors.Add(ImportErrorId.File, $"The file {Text.Quote(path)} has no graph; is it an ONNX model?");
            }
            else
            {
                var name = options.Name ?? Path.GetFileNameWithoutExtension(path);
                description = new GraphImporter(model, external, options, errors).Import(name);
            }
        }
        catch (OnnxFileException e)
        {
            errors.Add(e.Id, e.Message);
        }

        return new ImportResult(description, errors.ToList()) { ExternalFiles = external.Files };
    }
}
