using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using KernelGen.Runtime;

namespace KernelGen.Search.Study;

/// <summary>The study's files: plan, records, results.</summary>
internal static class StudyJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static string Text<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Writes a file, whole or not at all.</summary>
    public static void Write<T>(string path, T value) => AtomicFile.WriteAllText(path, Text(value) + "\n");

    /// <param name="advice">What to do about a file that is not understood.</param>
    /// <exception cref="StudyException">The file is not there or not understood.</exception>
    public static T Read<T>(string path, string advice)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Options) ?? throw new StudyException($"{path}: there is nothing in it. {advice}");
        }
        catch (JsonException e)
        {
            var reason = e.Message.Split(" Path: ")[0];
            throw new StudyException(FormattableString.Invariant($"{path}({e.LineNumber + 1},{e.BytePositionInLine + 1}): {e.Path ?? "$"} is not understood: {reason} {advice}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StudyException($"{path} cannot be read: {e.Message}");
        }
    }
}
