using System.Text.Json.Serialization;

namespace KernelGen.Benchmarks.Layers;

/// <summary>What was measured of one layer. Times in microseconds.</summary>
/// <param name="Schedule">In place and, if it is another one, alone.</param>
/// <param name="Operations">Two per multiply-add with a weight that exists.</param>
/// <param name="Peak">10⁹ operations per second of <see cref="Machine.MultiplyAddPeak"/> in the same run.</param>
/// <param name="Alone">A network of this layer only.</param>
/// <param name="InPlace">What the layer adds to a network of equal ones; null if it cannot follow itself.</param>
internal sealed record LayerRow(
    string Layer,
    string Schedule,
    double Difference,
    long Operations,
    double Peak,
    double Alone,
    double? InPlace,
    double TheirsAlone,
    double? TheirsInPlace)
{
    [JsonIgnore]
    public static string Header { get; } =
        $"{"layer",-34} {"schedule",-17} {"in place µs",11} {"GFLOP/s",8} {"of peak",8} {"ORT/ours",9} | {"alone µs",9} {"of peak",8} {"ORT/ours",9} | {"peak",6}";

    public double? InPlaceShare => Operations / 1000.0 / InPlace / Peak;

    public double AloneShare => Operations / 1000.0 / Alone / Peak;

    public override string ToString() => FormattableString.Invariant(
        $"{Layer,-34} {Schedule,-17} {InPlace,11:0.00} {Operations / 1000.0 / InPlace,8:0.0} {InPlaceShare,8:0%} {TheirsInPlace / InPlace,9:0.00} | {Alone,9:0.00} {AloneShare,8:0%} {TheirsAlone / Alone,9:0.00} | {Peak,6:0.0}");
}
