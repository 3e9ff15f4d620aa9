namespace KernelGen.Model;

/// <summary>One value of a JSON text, with the place where it starts.</summary>
/// <param name="position">Index of its first character in the text.</param>
internal abstract class JsonValue(int position)
{
    public int Position { get; } = position;

    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

internal sealed class JsonObject(int position, IReadOnlyList<JsonMember> members) : JsonValue(position)
{
    /// <summary>In the order of the text, without repeated keys.</summary>
    public IReadOnlyList<JsonMember> Members { get; } = members;

    public override string Kind => "an object";
}

internal readonly record struct JsonMember(string Key, int Position, JsonValue Value);

internal sealed class JsonArray(int position, IReadOnlyList<JsonValue> items) : JsonValue(position)
{
    public IReadOnlyList<JsonValue> Items { get; } = items;

    public override string Kind => "an array";
}

/// <summary>A string; its text is copied out only when it is asked for, as base64 weights never are.</summary>
/// <param name="length">Characters between the quotes.</param>
/// <param name="unescaped">The text if it contains escapes, otherwise null.</param>
internal sealed class JsonString(int position, string source, int length, string? unescaped) : JsonValue(position)
{
    public ReadOnlySpan<char> Span => unescaped is null ? source.AsSpan(Position + 1, length) : unescaped.AsSpan();

    public string Text => unescaped ?? source.Substring(Position + 1, length);

    public override string Kind => "a string";
}

/// <summary>A number as it is written.</summary>
internal sealed class JsonNumber(int position, string source, int length) : JsonValue(position)
{
    public ReadOnlySpan<char> Span => source.AsSpan(Position, length);

    public override string Kind => "a number";
}

internal sealed class JsonBoolean(int position, bool value) : JsonValue(position)
{
    public bool Value { get; } = value;

    public override string Kind => Value ? "true" : "false";
}

internal sealed class JsonNull(int position) : JsonValue(position)
{
    public override string Kind => "null";
}
