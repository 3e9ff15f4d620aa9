namespace KernelGen.Model;

/// <summary>
/// Writes a network as <c>.kgn</c> text. The text is canonical: equal descriptions give equal text on every host and under any
/// culture, and reading it gives an equal description.
/// </summary>
public static class DescriptionWriter
{
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model, so that no reader would accept it.</exception>
    public static string Write(NetworkDescription description)
    {
        var problems = GraphVerifier.Verify(description).Problems;
        if (problems.Count > 0)
        {
            throw new InvalidNetworkException(problems);
        }

        var json = new JsonWriter();
        json.BeginObject();
        json.String("format", DescriptionReader.Format);
        json.Integer("version", DescriptionReader.Version);
        json.String("name", description.Name);
        json.BeginArray("inputs");
        foreach (var input in description.Inputs)
        {
            Input(input, json);
        }

        json.EndArray();
        json.BeginArray("layers");
        foreach (var layer in description.Layers)
        {
            LayerWriter.Write(layer, json);
        }

        json.EndArray();
        json.Strings("outputs", description.Outputs);
        if (!description.Labels.IsEmpty)
        {
            json.Strings("labels", description.Labels);
        }

        if (description.Provenance is { } provenance)
        {
            Provenance(provenance, json);
        }

        json.EndObject();
        return json.ToString();
    }

    private static void Input(NetworkInput input, JsonWriter json)
    {
        json.BeginObject();
        json.String("name", input.Name);
        json.Integers("shape", input.Shape.Dimensions);
        if (input.Preprocessing is { } preprocessing)
        {
            json.BeginObject("preprocessing");
            json.Numbers("scale", preprocessing.Scale);
            json.Numbers("offset", preprocessing.Offset);
            json.EndObject();
        }

        json.EndObject();
    }

    private static void Provenance(Provenance provenance, JsonWriter json)
    {
        json.BeginObject("provenance");
        json.String("dataset", provenance.Dataset);
        json.String("split", provenance.Split);
        json.Integer("testImages", provenance.TestImages);
        json.Number("errorBefore", provenance.ErrorBefore);
        json.Number("errorAfter", provenance.ErrorAfter);
        json.Number("tolerance", provenance.Tolerance);
        json.Integer("seed", provenance.Seed);
        json.String("tool", provenance.Tool);
        json.EndObject();
    }
}
