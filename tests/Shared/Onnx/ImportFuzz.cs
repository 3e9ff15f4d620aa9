using System.Diagnostics;
using Google.Protobuf;
using KernelGen.Model;
using KernelGen.Onnx;
using KernelGen.Onnx.Format;

namespace KernelGen.Tests.Shared;

/// <summary>
/// Imports models that were changed at random. Each file depends on the seed and its number only. An import must end in time with
/// a description that is a valid network, or with errors; everything else is a failure.
/// </summary>
/// <param name="folder">Where the file under test lies; after a failure it is kept there under its number.</param>
internal sealed class ImportFuzz(int seed, string folder)
{
    /// <summary>Of one file; an import that takes longer is taken for one that never ends.</summary>
    public static TimeSpan TimeLimit { get; } = TimeSpan.FromSeconds(30);

    // Structure is changed in most files; in the others, and after it in some, bytes are.
    private const double ShareOfBytes = 0.25;

    public int Files { get; private set; }

    /// <summary>Files that protobuf could parse and that have a graph.</summary>
    public int Parsed { get; private set; }

    public int Imported { get; private set; }

    public TimeSpan Longest { get; private set; }

    /// <summary>Bytes that the import of one file allocated at most; it never held more.</summary>
    public long MostAllocated { get; private set; }

    /// <summary>Imports file <paramref name="number"/>.</summary>
    /// <returns>What went wrong, or null.</returns>
    public string? Run(int number)
    {
        var bytes = Create(number);
        var path = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(path, bytes);
        Files++;
        Parsed += IsModel(bytes) ? 1 : 0;

        string? failure = null;
        var imported = false;
        long allocated = 0;
        var watch = Stopwatch.StartNew();
        var thread = new Thread(() =>
        {
            try
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                var result = OnnxImporter.Import(path);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                imported = result.Description is not null;
                failure = Check(result);
            }
            catch (Exception e)
            {
                failure = e.ToString();
            }
        })
        { IsBackground = true };
        thread.Start();
        if (!thread.Join(TimeLimit))
        {
            failure = $"The import did not end within {TimeLimit.TotalSeconds} s.";
        }

        Longest = watch.Elapsed > Longest ? watch.Elapsed : Longest;
        MostAllocated = Math.Max(MostAllocated, allocated);
        Imported += imported ? 1 : 0;
        if (failure is null)
        {
            return null;
        }

        File.Copy(path, Path.Combine(folder, $"failed-{seed}-{number}.onnx"), overwrite: true);
        return $"file {number}: {failure}";
    }

    private static string? Check(ImportResult result)
    {
        if (result.Description is null == (result.Errors.Count == 0))
        {
            return "There must be either a description or errors.";
        }

        if (result.Errors.FirstOrDefault(e => e.ToString().Any(char.IsControl)) is { } error)
        {
            return $"An error is not one line: {error}";
        }

        // A description that is no valid network throws.
        return result.Description is { } description && NetworkGraph.Create(description).Outputs.IsEmpty ? "There are no outputs." : null;
    }

    private byte[] Create(int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var seeds = FuzzSeeds.All.Values.ToList();
        var model = seeds[random.Next(seeds.Count)].Model;
        var kind = random.NextDouble();
        if (kind < ShareOfBytes)
        {
            return MutateBytes(random, model.ToByteArray());
        }

        var bytes = new ModelMutator(random).Mutate(model).ToByteArray();
        return kind > 0.95 ? MutateBytes(random, bytes) : bytes;
    }

    private static byte[] MutateBytes(Random random, byte[] bytes)
    {
        var changed = bytes.ToList();
        for (var changes = random.Next(1, 6); changes > 0 && changed.Count > 0; changes--)
        {
            var at = random.Next(changed.Count);
            switch (random.Next(5))
            {
                case 0:
                    changed[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    changed[at] = (byte)random.Next(256);
                    break;
                case 2:
                    changed.Insert(at, (byte)random.Next(256));
                    break;
                case 3:
                    changed.RemoveRange(at, Math.Min(random.Next(1, 8), changed.Count - at));
                    break;
                default:
                    changed.InsertRange(at, changed.GetRange(at, Math.Min(random.Next(1, 40), changed.Count - at)));
                    break;
            }
        }

        return changed.ToArray();
    }

    private static bool IsModel(byte[] bytes)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(bytes).Graph is not null;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }
}
