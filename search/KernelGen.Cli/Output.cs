using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace KernelGen.Cli;

/// <summary>Standard output: tables for people, JSON for scripts. Without colour or markup unless a person is watching.</summary>
internal static class Output
{
    private const int RedirectedWidth = 200;

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Whether a person is watching, on a terminal that wants colour.</summary>
    public static bool IsInteractive { get; } =
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>The console that tables and progress go to.</summary>
    public static IAnsiConsole Terminal { get; } = Create();

    public static void Json<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, JsonOptions));

    /// <summary>Reads what <see cref="Json"/> wrote.</summary>
    public static T FromJson<T>(string text) => JsonSerializer.Deserialize<T>(text, JsonOptions)!;

    public static void Line(FormattableString text) => Console.Out.WriteLine(FormattableString.Invariant(text));

    /// <summary>A table: the first column to the left, those named in <paramref name="words"/> too, figures to the right.</summary>
    public static void Table(string[] columns, IEnumerable<string[]> rows, params string[] words)
    {
        var table = new Table().Border(TableBorder.Simple);
        for (var i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(Markup.Escape(columns[i]));
            table.AddColumn(i == 0 || words.Contains(columns[i]) ? column.LeftAligned() : column.RightAligned().NoWrap());
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(Markup.Escape).ToArray());
        }

        Terminal.Write(table);
    }

    private static IAnsiConsole Create()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsInteractive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = IsInteractive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }
}
