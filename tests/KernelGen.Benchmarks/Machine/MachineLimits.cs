using System.Globalization;
using KernelGen.Runtime;

namespace KernelGen.Benchmarks.Machine;

/// <summary>A cache, or the memory behind them all.</summary>
/// <param name="Bytes">What fits.</param>
/// <param name="Gigabytes">10⁹ bytes per second that one core reads from it.</param>
internal sealed record MemoryLevel(string Name, long Bytes, double Gigabytes);

/// <summary>What one core of this machine can do at most, measured.</summary>
/// <param name="PeakGflops">10⁹ operations per second, see <see cref="MultiplyAddPeak"/>.</param>
/// <param name="Memory">From the first-level cache to the main memory.</param>
internal sealed record MachineLimits(string Target, double PeakGflops, IReadOnlyList<MemoryLevel> Memory)
{
    private const long LargestBuffer = 256L << 20;

    public static MachineLimits Measure()
    {
        var peak = MultiplyAddPeak.Gflops(Timing.Minima(Timing.Layer, MultiplyAddPeak.Timed)[0]);
        var caches = CacheSizes();
        var levels = caches.Select((bytes, i) => new MemoryLevel($"L{i + 1}", bytes, new ReadBandwidth(bytes / 2).Measure()));
        var memory = new ReadBandwidth(Math.Min(LargestBuffer, caches[^1] * 4)).Measure();
        return new MachineLimits(HostTarget.Name, peak, [.. levels, new MemoryLevel("memory", long.MaxValue, memory)]);
    }

    /// <summary>The smallest level that holds this much.</summary>
    public MemoryLevel Holding(long bytes) => Memory.First(m => bytes <= m.Bytes);

    public override string ToString() =>
        FormattableString.Invariant($"one core, {Target}-bit vectors: peak {PeakGflops:0.0} GFLOP/s (multiply-adds in registers); reads ")
        + string.Join(", ", Memory.Select(m => FormattableString.Invariant($"{m.Gigabytes:0} GB/s {m.Name}{(m.Bytes < long.MaxValue ? $" of {m.Bytes >> 10} KB" : "")}")));

    /// <summary>Bytes of the data caches of the first core, as Linux tells them; elsewhere what most processors have.</summary>
    private static List<long> CacheSizes()
    {
        const string folder = "/sys/devices/system/cpu/cpu0/cache";
        var found = Directory.Exists(folder)
            ? Directory.GetDirectories(folder, "index*")
                .Select(f => (Level: Read(f, "level"), Size: Read(f, "size"), Type: Read(f, "type")))
                .Where(c => c.Type is "Data" or "Unified" && c.Size.EndsWith('K'))
                .OrderBy(c => c.Level, StringComparer.Ordinal)
                .Select(c => long.Parse(c.Size[..^1], CultureInfo.InvariantCulture) << 10)
                .ToList()
            : [];
        return found.Count > 0 ? found : [32L << 10, 512L << 10, 8L << 20];

        static string Read(string index, string name)
        {
            var path = Path.Combine(index, name);
            return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        }
    }
}
