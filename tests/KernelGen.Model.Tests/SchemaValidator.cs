using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace KernelGen.Model.Tests;

/// <summary>
/// Checks a value against a schema of JSON Schema draft 2020-12, as far as our schema uses it. Any other keyword is an error, so
/// nothing in the schema goes unchecked.
/// </summary>
internal sealed class SchemaValidator(JsonObject root)
{
    public bool Accepts(JsonNode? value) => Accepts(root, value);

    private bool Accepts(JsonObject schema, JsonNode? value) => schema.All(k => Keyword(schema, k.Key, k.Value!, value));

    private bool Keyword(JsonObject schema, string keyword, JsonNode rule, JsonNode? value) => keyword switch
    {
        "$schema" or "$id" or "$defs" or "title" or "description" or "default" or "contentEncoding" => true,
        "$ref" => Accepts(root["$defs"]![rule.GetValue<string>()["#/$defs/".Length..]]!.AsObject(), value),
        "oneOf" => rule.AsArray().Count(s => Accepts(s!.AsObject(), value)) == 1,
        "const" => JsonNode.DeepEquals(rule, value),
        "enum" => rule.AsArray().Any(v => JsonNode.DeepEquals(v, value)),
        "type" => HasType(rule.GetValue<string>(), value),
        "pattern" => value is not JsonValue text || !text.TryGetValue(out string? s) || Regex.IsMatch(s, rule.GetValue<string>()),
        "minLength" => Length(value) is not { } n || n >= rule.GetValue<int>(),
        "maxLength" => Length(value) is not { } n || n <= rule.GetValue<int>(),
        "minimum" => Number(value) is not { } n || n >= rule.GetValue<double>(),
        "maximum" => Number(value) is not { } n || n <= rule.GetValue<double>(),
        "minItems" => value is not JsonArray array || array.Count >= rule.GetValue<int>(),
        "maxItems" => value is not JsonArray array || array.Count <= rule.GetValue<int>(),
        "uniqueItems" => value is not JsonArray array || array.Select(i => i?.ToJsonString()).Distinct().Count() == array.Count,
        "items" => value is not JsonArray array || array.All(i => Accepts(rule.AsObject(), i)),
        "required" => value is not JsonObject o || rule.AsArray().All(k => o.ContainsKey(k!.GetValue<string>())),
        "properties" => value is not JsonObject o || o.All(m => rule[m.Key] is not { } p || Accepts(p.AsObject(), m.Value)),
        "additionalProperties" => value is not JsonObject o || o.All(m => schema["properties"]!.AsObject().ContainsKey(m.Key)),
        _ => throw new NotSupportedException("The schema uses " + keyword),
    };

    private static bool HasType(string type, JsonNode? value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => Length(value) is not null,
        "boolean" => value is JsonValue v && v.TryGetValue(out bool _),
        "number" => Number(value) is not null,
        "integer" => Number(value) is { } n && Math.Floor(n) == n,
        _ => throw new NotSupportedException("The schema uses the type " + type),
    };

    private static int? Length(JsonNode? value) => value is JsonValue v && v.TryGetValue(out string? s) ? s.EnumerateRunes().Count() : null;

    private static double? Number(JsonNode? value) => value is JsonValue v && v.TryGetValue(out double n) ? n : null;
}
