namespace KernelGen.Model;

/// <summary>
/// Takes the values of one JSON object by key, reporting whatever is missing, of the wrong type or out of range; the value is
/// then a harmless stand-in, and since errors were reported it never reaches the caller of the reader.
/// </summary>
/// <param name="what">What the object describes, for messages, e.g. <c>layer</c>.</param>
internal sealed class ObjectReader(JsonObject json, string what, ReadErrors errors)
{
    private static readonly FloatData NoData = new([]);
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    public int Position => json.Position;

    public static ObjectReader? Open(JsonValue value, string what, ReadErrors errors)
    {
        if (value is JsonObject json)
        {
            return new ObjectReader(json, what, errors);
        }

        errors.Add(ProblemId.Value, value.Position, $"Expected {what} as an object, found {value.Kind}.");
        return null;
    }

    /// <summary>Reports the keys that nobody asked for.</summary>
    public void Close()
    {
        var known = string.Join(", ", taken.OrderBy(k => k, StringComparer.Ordinal));
        foreach (var member in json.Members.Where(m => !taken.Contains(m.Key)))
        {
            errors.Add(ProblemId.Key, member.Position, $"The key {Findings.Quote(member.Key)} is unknown in {what}; known are {known}.");
        }
    }

    public JsonValue? Optional(string key)
    {
        taken.Add(key);
        foreach (var member in json.Members)
        {
            if (string.Equals(member.Key, key, StringComparison.Ordinal))
            {
                return member.Value;
            }
        }

        return null;
    }

    public JsonValue? Required(string key)
    {
        var value = Optional(key);
        if (value is null)
        {
            errors.Add(ProblemId.Missing, json.Position, $"The key '{key}' is missing in {what}.");
        }

        return value;
    }

    public string String(string key) => Required(key) is { } value ? String(value, key) : "";

    public bool Boolean(string key, bool absent)
    {
        switch (Optional(key))
        {
            case null:
                return absent;
            case JsonBoolean boolean:
                return boolean.Value;
            case var other:
                WrongType(other, key, "true or false");
                return absent;
        }
    }

    public int Int32(string key) => Required(key) is { } value ? Int32(value, key) : 0;

    public int Int32(string key, int absent) => Optional(key) is { } value ? Int32(value, key) : absent;

    public long Int64(string key) => Required(key) is { } value ? Integer(value, key, long.MinValue, long.MaxValue) : 0;

    public double Double(string key) => Required(key) switch
    {
        null => 0,
        JsonNumber number when NumberText.TryParse(number.Span, out double value) => value,
        var other => WrongType(other, key, "a number in the range of 64-bit floats"),
    };

    public float Single(string key) => Required(key) is { } value ? Single(value, key) : 0;

    public float Single(string key, float absent) => Optional(key) is { } value ? Single(value, key) : absent;

    /// <summary>An array of integers; of exactly <paramref name="length"/>, unless that is null.</summary>
    public int[] Int32s(JsonValue value, string key, int? length = null) =>
        Items(value, key, length).Select(i => Int32(i, key)).ToArray();

    public EquatableArray<string> Strings(string key, bool required) =>
        (required ? Required(key) : Optional(key)) is { } value
            ? Items(value, key, null).Select(i => String(i, key)).ToEquatableArray()
            : [];

    /// <summary>Floats written as numbers.</summary>
    public FloatData Singles(string key) =>
        Required(key) is { } value ? new FloatData(Items(value, key, null).Select(i => Single(i, key)).ToArray()) : NoData;

    /// <summary>Floats written as base64.</summary>
    public FloatData Weights(string key) => Required(key) is { } value ? Weights(value, key) : NoData;

    public FloatData? OptionalWeights(string key) => Optional(key) is { } value ? Weights(value, key) : null;

    /// <summary>The items of an array; of exactly <paramref name="length"/>, unless that is null.</summary>
    public IReadOnlyList<JsonValue> Items(JsonValue value, string key, int? length)
    {
        if (value is JsonArray array && (length is null || array.Items.Count == length))
        {
            return array.Items;
        }

        if (value is JsonArray wrong)
        {
            errors.Add(ProblemId.Value, value.Position, $"'{key}' in {what} has {wrong.Items.Count} elements; it needs {length}.");
        }
        else
        {
            WrongType(value, key, "an array");
        }

        return length is null ? [] : Enumerable.Repeat<JsonValue>(Zero, length.Value).ToList();
    }

    public string String(JsonValue value, string key)
    {
        if (value is JsonString s)
        {
            return s.Text;
        }

        WrongType(value, key, "a string");
        return "";
    }

    private static JsonNumber Zero { get; } = new(0, "0", 1);

    private int Int32(JsonValue value, string key) => (int)Integer(value, key, int.MinValue, int.MaxValue);

    private long Integer(JsonValue value, string key, long minimum, long maximum)
    {
        if (value is not JsonNumber number)
        {
            WrongType(value, key, "an integer");
            return 0;
        }

        var digits = number.Span;
        var negative = digits[0] == '-';
        long result = 0;
        foreach (var c in negative ? digits.Slice(1) : digits)
        {
            if (c is not (>= '0' and <= '9'))
            {
                WrongType(value, key, "an integer without fraction or exponent");
                return 0;
            }

            // Counted downwards, for the range of negative numbers is the larger one.
            var digit = c - '0';
            if (result < (long.MinValue + digit) / 10)
            {
                return OutOfRange(value, key, minimum, maximum);
            }

            result = (result * 10) - digit;
        }

        if (!negative && result == long.MinValue)
        {
            return OutOfRange(value, key, minimum, maximum);
        }

        result = negative ? result : -result;
        return result >= minimum && result <= maximum ? result : OutOfRange(value, key, minimum, maximum);
    }

    private long OutOfRange(JsonValue value, string key, long minimum, long maximum)
    {
        errors.Add(ProblemId.Value, value.Position, $"'{key}' in {what} is out of range; it must be {minimum} to {maximum}.");
        return 0;
    }

    private float Single(JsonValue value, string key)
    {
        if (value is JsonNumber number && NumberText.TryParse(number.Span, out float result))
        {
            return result;
        }

        return WrongType(value, key, "a number in the range of 32-bit floats");
    }

    private FloatData Weights(JsonValue value, string key)
    {
        if (value is not JsonString text)
        {
            WrongType(value, key, "base64 in a string");
            return NoData;
        }

        if (Base64Floats.Decode(text.Span, out var problem) is { } data)
        {
            return data;
        }

        errors.Add(ProblemId.Weights, value.Position, $"'{key}' in {what} {FormattableString.Invariant(problem!)}.");
        return NoData;
    }

    private int WrongType(JsonValue value, string key, string expected)
    {
        errors.Add(ProblemId.Value, value.Position, $"'{key}' in {what} is {value.Kind}; it must be {expected}.");
        return 0;
    }
}
