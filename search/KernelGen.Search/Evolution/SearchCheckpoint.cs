using System.Text.Json;
using KernelGen.Model;
using KernelGen.Search.Pruning;

namespace KernelGen.Search.Evolution;

/// <summary>Search states as JSON text. The same state gives the same text, and reading it gives an equal state.</summary>
public static class SearchCheckpoint
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static string Write(SearchState state) => JsonSerializer.Serialize(
        new StateText(
            state.Rate,
            state.Particles.Select(ToText).ToArray(),
            state.Front.Select(ToText).ToArray(),
            state.History.Select(g => g.Scores.ToArray()).ToArray(),
            state.Evaluations,
            state.Observations.Select(o => new ObservationText([.. o.Removed], o.Error, o.Loss, o.Images)).ToArray()),
        Format);

    /// <exception cref="JsonException">The text is no search state.</exception>
    public static SearchState Read(string text)
    {
        var state = Parse<StateText>(text);
        return new SearchState(
            state.Rate,
            state.Particles.Select(FromText).ToEquatableArray(),
            state.Front.Select(FromText).ToEquatableArray(),
            state.History.Select(g => new ScoredGeneration(g.ToEquatableArray())).ToEquatableArray(),
            state.Evaluations)
        {
            Observations = state.Observations.Select(o => new Observation(o.Removed.ToEquatableArray(), o.Error, o.Loss, o.Images)).ToEquatableArray(),
        };
    }

    private static T Parse<T>(string text) =>
        JsonSerializer.Deserialize<T>(text, Format) ?? throw new JsonException("The checkpoint is empty.");

    private static ParticleText ToText(Particle particle) => new(
        particle.Genome.Units.Select(Pack).ToArray(),
        particle.Genome.Convs.Select(c => Pack(c.Kernels)).ToArray(),
        particle.Genome.Convs.Select(c => c.Taps.SelectMany(t => new[] { t.Offset, t.Stride }).ToArray()).ToArray(),
        particle.Score);

    private static Particle FromText(ParticleText text) => new(
        new Genome(
            text.Units.Select(Unpack).ToEquatableArray(),
            text.Kernels.Zip(text.Taps, (k, t) => new ConvGene(
                Unpack(k),
                t.Chunk(2).Select(p => new StridedTaps(p[0], p[1])).ToEquatableArray())).ToEquatableArray()),
        text.Score);

    private static string Pack(EquatableArray<bool> bits) => string.Concat(bits.Select(b => b ? '1' : '0'));

    private static EquatableArray<bool> Unpack(string bits) => bits.Select(b => b == '1').ToEquatableArray();

    private sealed record StateText(double Rate, ParticleText[] Particles, ParticleText[] Front, Score[][] History, int Evaluations, ObservationText[] Observations);

    private sealed record ObservationText(double[] Removed, double Error, double Loss, int Images);

    /// <param name="Units">Per channel group, a digit per unit: 1 is kept.</param>
    /// <param name="Kernels">Per convolution, a digit per kernel.</param>
    /// <param name="Taps">Per convolution, offset and stride of each source map in turn.</param>
    private sealed record ParticleText(string[] Units, string[] Kernels, int[][] Taps, Score Score);
}
