using System.Text.Json;
using KernelGen.Runtime;
using KernelGen.Search.Evolution;
using KernelGen.Search.Pruning;

namespace KernelGen.Search;

/// <summary>
/// Every candidate that a job scored, as JSON lines: method, generation, error, loss, time, and what is left. Lines are written
/// with a generation's checkpoint; those of a generation that was not completed are dropped when the job goes on.
/// </summary>
internal sealed class SearchLog(string file)
{
    public const string FileName = "search.jsonl";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Keeps the lines of other methods, and those of this one's complete generations.</summary>
    public void Start(string method, int generations)
    {
        var kept = Read().Where(l => l.Method != method || l.Generation < generations);
        AtomicFile.WriteAllText(file, string.Concat(kept.Select(ToLine)));
    }

    public void Write(string method, int generation, IEnumerable<(Particle Particle, SparsityCounts Counts)> scored) =>
        File.AppendAllText(file, string.Concat(scored.Select((s, index) => ToLine(new Line(
            method,
            generation,
            index,
            s.Particle.Score.Error,
            s.Particle.Score.Loss,
            s.Particle.Score.Microseconds,
            s.Particle.Score.Images,
            s.Counts.ConvWeightsLeft,
            s.Counts.MacsLeft,
            [.. s.Particle.Genome.Units.Select(u => u.Count(kept => kept))])))));

    private List<Line> Read() => File.Exists(file)
        ? File.ReadAllLines(file).Select(Parse).OfType<Line>().ToList()
        : [];

    /// <summary>A line that a killed job left unfinished is none.</summary>
    private static Line? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(line, Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string ToLine(Line line) => JsonSerializer.Serialize(line, Format) + "\n";

    /// <param name="Error">Percent of the search images.</param>
    /// <param name="Loss">Cross-entropy against the dense network's probabilities on them, in nats.</param>
    /// <param name="Images">Search images that were looked at.</param>
    /// <param name="Maps">Kept maps, or units, of each channel group.</param>
    private sealed record Line(
        string Method,
        int Generation,
        int Index,
        double Error,
        double Loss,
        double Microseconds,
        int Images,
        long ConvWeights,
        long Macs,
        int[] Maps);
}
