using System.Text;

namespace KernelGen.Model;

/// <summary>
/// Parses JSON (RFC 8259) strictly: one value, no comments, no trailing commas, no repeated keys, no unpaired surrogates,
/// nesting up to <see cref="MaximumDepth"/>. It never throws; time and memory are proportional to the text.
/// </summary>
internal sealed class JsonParser
{
    /// <summary>Objects and arrays within one another.</summary>
    public const int MaximumDepth = 64;

    private readonly string text;
    private readonly ReadErrors errors;
    private int position;

    private JsonParser(string text, ReadErrors errors)
    {
        this.text = text;
        this.errors = errors;
    }

    /// <summary>The value, or null after a syntax error. Repeated keys are reported, and the first one counts.</summary>
    public static JsonValue? Parse(string text, ReadErrors errors)
    {
        var parser = new JsonParser(text, errors);
        var value = parser.Value(0);
        if (value is null)
        {
            return null;
        }

        parser.SkipWhitespace();
        return parser.position == text.Length ? value : parser.Fail("nothing after the end of the description");
    }

    private char Current => position < text.Length ? text[position] : '\0';

    private JsonValue? Value(int depth)
    {
        SkipWhitespace();
        if (depth > MaximumDepth)
        {
            errors.Add(ProblemId.Limit, position, $"Values are nested more than {MaximumDepth} deep.");
            return null;
        }

        return Current switch
        {
            '{' => Object(depth),
            '[' => Array(depth),
            '"' => String(),
            '-' or (>= '0' and <= '9') => Number(),
            't' => Word("true", new JsonBoolean(position, true)),
            'f' => Word("false", new JsonBoolean(position, false)),
            'n' => Word("null", new JsonNull(position)),
            _ => Fail("a value"),
        };
    }

    private JsonObject? Object(int depth)
    {
        var start = position++;
        var members = new List<JsonMember>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        SkipWhitespace();
        if (Skip('}'))
        {
            return new JsonObject(start, members);
        }

        do
        {
            SkipWhitespace();
            if (Current != '"')
            {
                Fail("a key in quotes");
                return null;
            }

            if (String() is not { } key)
            {
                return null;
            }

            SkipWhitespace();
            if (!Expect(':', "':' after the key") || Value(depth + 1) is not { } value)
            {
                return null;
            }

            if (keys.Add(key.Text))
            {
                members.Add(new JsonMember(key.Text, key.Position, value));
            }
            else
            {
                errors.Add(ProblemId.Key, key.Position, $"The key {Findings.Quote(key.Text)} stands twice in this object.");
            }

            SkipWhitespace();
        }
        while (Skip(','));
        return Expect('}', "',' or '}'") ? new JsonObject(start, members) : null;
    }

    private JsonArray? Array(int depth)
    {
        var start = position++;
        var items = new List<JsonValue>();
        SkipWhitespace();
        if (Skip(']'))
        {
            return new JsonArray(start, items);
        }

        do
        {
            if (Value(depth + 1) is not { } item)
            {
                return null;
            }

            items.Add(item);
            SkipWhitespace();
        }
        while (Skip(','));
        return Expect(']', "',' or ']'") ? new JsonArray(start, items) : null;
    }

    private JsonString? String()
    {
        var start = position++;
        var escaped = false;
        while (!AtEndOfPlainText())
        {
            if (text[position] != '\\')
            {
                Fail("an escape such as \\n in place of a control character");
                return null;
            }

            escaped = true;
            position++;
            if (!Escape())
            {
                return null;
            }
        }

        var length = position - start - 1;
        if (!Expect('"', "'\"' at the end of the string"))
        {
            return null;
        }

        var result = new JsonString(start, text, length, escaped ? Unescape(text.AsSpan(start + 1, length)) : null);
        if (Unicode.HasUnpairedSurrogate(result.Span))
        {
            errors.Add(ProblemId.Syntax, start, $"The string contains half of a surrogate pair.");
            return null;
        }

        return result;
    }

    // Skips what needs no care; base64 weights are millions of such characters.
    private bool AtEndOfPlainText()
    {
        var i = position;
        while (i < text.Length && text[i] >= ' ' && text[i] is not ('"' or '\\'))
        {
            i++;
        }

        position = i;
        return i == text.Length || text[i] == '"';
    }

    // Checks what follows a backslash.
    private bool Escape()
    {
        if (Current == 'u')
        {
            position++;
            for (var i = 0; i < 4; i++, position++)
            {
                if (HexDigit(Current) < 0)
                {
                    Fail("four hexadecimal digits");
                    return false;
                }
            }

            return true;
        }

        if (Current is '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't')
        {
            position++;
            return true;
        }

        Fail("one of \" \\ / b f n r t u after a backslash");
        return false;
    }

    private static string Unescape(ReadOnlySpan<char> raw)
    {
        var result = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                result.Append(raw[i]);
                continue;
            }

            i++;
            result.Append(raw[i] switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => FourHexDigits(raw.Slice(i + 1)),
                var c => c,
            });
            i += raw[i] == 'u' ? 4 : 0;
        }

        return result.ToString();
    }

    private static char FourHexDigits(ReadOnlySpan<char> raw) =>
        (char)((HexDigit(raw[0]) << 12) | (HexDigit(raw[1]) << 8) | (HexDigit(raw[2]) << 4) | HexDigit(raw[3]));

    private static int HexDigit(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'f' => c - 'a' + 10,
        >= 'A' and <= 'F' => c - 'A' + 10,
        _ => -1,
    };

    private JsonNumber? Number()
    {
        var start = position;
        Skip('-');
        if (!Skip('0') && !Digits())
        {
            return null;
        }

        if (Skip('.') && !Digits())
        {
            return null;
        }

        if (Skip('e') || Skip('E'))
        {
            if (!Skip('+'))
            {
                Skip('-');
            }

            if (!Digits())
            {
                return null;
            }
        }

        return new JsonNumber(start, text, position - start);
    }

    private bool Digits()
    {
        if (Current is not (>= '0' and <= '9'))
        {
            Fail("a digit");
            return false;
        }

        while (Current is >= '0' and <= '9')
        {
            position++;
        }

        return true;
    }

    private JsonValue? Word(string word, JsonValue value)
    {
        if (string.CompareOrdinal(text, position, word, 0, word.Length) != 0)
        {
            return Fail("a value");
        }

        position += word.Length;
        return value;
    }

    private void SkipWhitespace()
    {
        while (Current is ' ' or '\t' or '\n' or '\r')
        {
            position++;
        }
    }

    private bool Skip(char c)
    {
        if (Current != c)
        {
            return false;
        }

        position++;
        return true;
    }

    private bool Expect(char c, string what)
    {
        if (Skip(c))
        {
            return true;
        }

        Fail(what);
        return false;
    }

    private JsonValue? Fail(string expected)
    {
        var found = position < text.Length ? Findings.Quote(text.Substring(position, 1)) : "the end of the text";
        errors.Add(ProblemId.Syntax, position, $"Expected {expected}, found {found}.");
        return null;
    }
}
