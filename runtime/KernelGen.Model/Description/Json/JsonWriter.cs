using System.Globalization;
using System.Text;

namespace KernelGen.Model;

/// <summary>
/// Writes JSON in one form only: two spaces of indentation, LF, one member or element a line; arrays of scalars, and objects
/// that ask for it, on one line, the former broken where they get too long.
/// </summary>
internal sealed class JsonWriter
{
    private const int LineLength = 120;

    private readonly StringBuilder text = new();
    private readonly Stack<bool> oneLine = new([false]);
    private bool first = true;
    private bool afterKey;

    private string Indentation => new(' ', 2 * (oneLine.Count - 1));

    public override string ToString() => text.ToString() + "\n";

    public void BeginObject(bool oneLine = false) => Begin('{', oneLine);

    public void BeginObject(string key)
    {
        Key(key);
        BeginObject();
    }

    public void EndObject() => End('}');

    public void BeginArray(string key)
    {
        Key(key);
        Begin('[', false);
    }

    public void EndArray() => End(']');

    public void String(string key, string value)
    {
        Key(key);
        StringItem(value);
    }

    public void StringItem(string value) => Item(Quote(value));

    public void Integer(string key, long value)
    {
        Key(key);
        Item(value.ToString(CultureInfo.InvariantCulture));
    }

    public void Number(string key, float value)
    {
        Key(key);
        Item(NumberText.Format(value));
    }

    public void Number(string key, double value)
    {
        Key(key);
        Item(NumberText.Format(value));
    }

    public void Boolean(string key, bool value)
    {
        Key(key);
        Item(value ? "true" : "false");
    }

    public void Strings(string key, EquatableArray<string> values) => Scalars(key, values.Select(Quote));

    public void Integers(string key, EquatableArray<int> values) =>
        Scalars(key, values.Select(v => v.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Floats as numbers.</summary>
    public void Numbers(string key, FloatData values) => Scalars(key, values.Span.ToArray().Select(NumberText.Format));

    /// <summary>Floats as base64.</summary>
    public void Weights(string key, FloatData values)
    {
        Key(key);
        Item("\"" + Base64Floats.Encode(values.Span) + "\"");
    }

    private static string Quote(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            if (c is '"' or '\\')
            {
                quoted.Append('\\').Append(c);
            }
            else if (Unicode.IsControlOrLineEnd(c))
            {
                quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                quoted.Append(c);
            }
        }

        return quoted.Append('"').ToString();
    }

    private void Begin(char bracket, bool isOneLine)
    {
        Separate();
        text.Append(bracket);
        oneLine.Push(isOneLine);
        first = true;
    }

    private void End(char bracket)
    {
        var inline = oneLine.Pop();
        if (!first && !inline)
        {
            text.Append('\n').Append(Indentation);
        }

        text.Append(bracket);
        first = false;
    }

    private void Key(string key)
    {
        Separate();
        text.Append(Quote(key)).Append(": ");
        afterKey = true;
    }

    private void Item(string value)
    {
        Separate();
        text.Append(value);
    }

    private void Scalars(string key, IEnumerable<string> values)
    {
        Key(key);
        Separate();
        text.Append('[');
        var column = Indentation.Length + key.Length + 5;
        var isFirst = true;
        foreach (var value in values)
        {
            column += value.Length + 2;
            if (isFirst)
            {
                isFirst = false;
            }
            else if (column > LineLength)
            {
                text.Append(",\n").Append(Indentation).Append("  ");
                column = Indentation.Length + 2 + value.Length;
            }
            else
            {
                text.Append(", ");
            }

            text.Append(value);
        }

        text.Append(']');
    }

    // Everything but a value after its key begins with the comma that its predecessor needs.
    private void Separate()
    {
        if (afterKey)
        {
            afterKey = false;
            return;
        }

        var isRoot = oneLine.Count == 1;
        if (!isRoot)
        {
            text.Append(first ? "" : ",").Append(oneLine.Peek() ? (first ? "" : " ") : "\n" + Indentation);
        }

        first = false;
    }
}
