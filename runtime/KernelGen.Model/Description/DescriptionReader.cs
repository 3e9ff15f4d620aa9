namespace KernelGen.Model;

/// <summary>
/// Reads <c>.kgn</c> text. Reading is total: whatever the text, the result is a verified description or a list of errors with
/// their places, within time and memory proportional to the text.
/// </summary>
public static class DescriptionReader
{
    /// <summary>The value of <c>format</c>.</summary>
    internal const string Format = "kernelgen-network";

    /// <summary>The value of <c>version</c>.</summary>
    internal const int Version = 1;

    /// <summary>Longest text, in characters: as much as the largest layer's weights take.</summary>
    private const int MaximumLength = 1 << 29;

    public static ReadResult Read(string text)
    {
        var errors = new ReadErrors(text);
        var description = text.Length <= MaximumLength ? Read(text, errors) : TooLong(errors);
        return new ReadResult(errors.Count == 0 ? description : null, errors.ToArray());
    }

    private static NetworkDescription? TooLong(ReadErrors errors)
    {
        errors.Add(ProblemId.Limit, 0, $"The text is longer than {MaximumLength} characters.");
        return null;
    }

    private static NetworkDescription? Read(string text, ReadErrors errors)
    {
        if (JsonParser.Parse(text, errors) is not { } json
            || ObjectReader.Open(json, "the description", errors) is not { } root
            || !IsOurFormat(root, errors))
        {
            return null;
        }

        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var description = new NetworkDescription(
            root.String("name"),
            List(root, "inputs", errors, value => Input(value, places, errors)),
            List(root, "layers", errors, value => LayerReader.Read(value, places, errors)),
            root.Strings("outputs", required: true))
        {
            Labels = root.Strings("labels", required: false),
            Provenance = root.Optional("provenance") is { } value ? Provenance(value, errors) : null,
        };
        root.Close();
        if (errors.Count == 0)
        {
            foreach (var problem in GraphVerifier.Verify(description).Problems)
            {
                var layer = problem.Layer;
                var place = layer is not null && places.TryGetValue(layer, out var known) ? known : root.Position;
                var about = layer is null ? "" : Findings.Quote(layer) + ": ";
                errors.Add(problem.Id, place, $"{about}{problem.Message}");
            }
        }

        return description;
    }

    // Of a file that is not ours, or newer than we are, every further message would be misleading.
    private static bool IsOurFormat(ObjectReader root, ReadErrors errors)
    {
        var before = errors.Count;
        var format = root.String("format");
        if (errors.Count == before && format != Format)
        {
            errors.Add(ProblemId.Format, root.Optional("format")!.Position, $"The format is {Findings.Quote(format)}; expected '{Format}'.");
        }

        var version = errors.Count == before ? root.Int32("version") : Version;
        if (errors.Count == before && version != Version)
        {
            errors.Add(
                ProblemId.Format,
                root.Optional("version")!.Position,
                $"The file has version {version}; this KernelGen reads version {Version}.");
        }

        return errors.Count == before;
    }

    private static EquatableArray<T> List<T>(ObjectReader root, string key, ReadErrors errors, Func<JsonValue, T?> read)
        where T : class, IEquatable<T>
    {
        if (root.Required(key) is not { } list)
        {
            return [];
        }

        var items = root.Items(list, key, null);
        if (items.Count > Limits.Layers)
        {
            errors.Add(ProblemId.Limit, list.Position, $"There are {items.Count} {key}; at most {Limits.Layers} are supported.");
            return [];
        }

        return items.Select(read).OfType<T>().ToEquatableArray();
    }

    private static NetworkInput? Input(JsonValue value, Dictionary<string, int> places, ReadErrors errors)
    {
        if (ObjectReader.Open(value, "an input", errors) is not { } json)
        {
            return null;
        }

        var name = json.String("name");
        places[name] = value.Position;
        var shape = json.Required("shape") is { } dimensions ? new Shape(json.Int32s(dimensions, "shape")) : default;
        var preprocessing = json.Optional("preprocessing") is { } p ? Preprocessing(p, errors) : null;
        json.Close();
        return new NetworkInput(name, shape, preprocessing);
    }

    private static Preprocessing? Preprocessing(JsonValue value, ReadErrors errors)
    {
        if (ObjectReader.Open(value, "'preprocessing'", errors) is not { } json)
        {
            return null;
        }

        var preprocessing = new Preprocessing(json.Singles("scale"), json.Singles("offset"));
        json.Close();
        return preprocessing;
    }

    private static Provenance? Provenance(JsonValue value, ReadErrors errors)
    {
        if (ObjectReader.Open(value, "'provenance'", errors) is not { } json)
        {
            return null;
        }

        var provenance = new Provenance(
            json.String("dataset"),
            json.String("split"),
            json.Int32("testImages"),
            json.Double("errorBefore"),
            json.Double("errorAfter"),
            json.Double("tolerance"),
            json.Int64("seed"),
            json.String("tool"));
        json.Close();
        return provenance;
    }
}

/// <summary>A description, or what is wrong with the text.</summary>
/// <param name="Description">Verified; null if there are errors.</param>
/// <param name="Errors">In the order of the text; empty if there is a description.</param>
public sealed record ReadResult(NetworkDescription? Description, EquatableArray<DescriptionError> Errors);

/// <summary>One thing that is wrong with a description's text.</summary>
/// <param name="Id">One of <see cref="ProblemId"/>.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1, in UTF-16 units.</param>
public sealed record DescriptionError(string Id, string Message, int Line, int Column);
