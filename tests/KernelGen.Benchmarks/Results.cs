using System.Text.Encodings.Web;
using System.Text.Json;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks;

/// <summary>Rows of a table as a file, for scripts that compare runs.</summary>
internal static class Results
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="path">Null: nothing is written.</param>
    public static void Write<T>(string? path, T results)
    {
        if (path is not null)
        {
            AtomicFile.WriteAllText(path, JsonSerializer.Serialize(results, Options) + "\n");
        }
    }
}
