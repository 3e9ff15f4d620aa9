using System.Globalization;
using System.Runtime.InteropServices;
using Consumer.Networks;

namespace Consumer;

/// <summary>A network that a class names; the other one is named by the project file.</summary>
[KernelGen.KernelModel("nets/strided.kgn")]
internal partial class Strided;

/// <summary>Runs all networks on the input that a file holds and prints what came out, as bits.</summary>
internal static class Program
{
    private static void Main(string[] args)
    {
        var input = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(args[0])).ToArray();
        var classifier = new Classifier();
        var strided = new Strided();
        var scores = new float[3];
        var imported = new Imported();
        var wide = new ImportedWide();
        var maps = new float[3 * 5 * 6];
        var importedScores = new float[3];
        var sums = new float[2 * 4 * 6];

        classifier.Run(input.AsSpan(0, 8 * 8), scores);
        strided.Run(input.AsSpan(0, 2 * 5 * 6), maps);
        imported.Run(input.AsSpan(0, 8 * 8), importedScores);
        wide.Run(input.AsSpan(0, 2 * 4 * 6), input.AsSpan(8, 2 * 4 * 6), sums);
        Print("classifier", scores);
        Print("strided", maps);
        Print("imported", importedScores);
        Print("wide", sums);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            classifier.Run(input.AsSpan(0, 8 * 8), scores);
            strided.Run(input.AsSpan(0, 2 * 5 * 6), maps);
            imported.Run(input.AsSpan(0, 8 * 8), importedScores);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Console.WriteLine("allocated: " + allocated.ToString(CultureInfo.InvariantCulture));

        const int Images = 7;
        var batch = new float[Images * maps.Length];
        var images = Enumerable.Repeat(input.Take(2 * 5 * 6), Images).SelectMany(i => i).ToArray();
        strided.RunBatch(images, batch, Images, degreeOfParallelism: 3);
        Print("batch", batch[^maps.Length..]);
        Console.WriteLine($"targets: {Classifier.Target} {Strided.Target}");
    }

    private static void Print(string name, float[] values) =>
        Console.WriteLine(name + ": " + string.Join(' ', values.Select(v => BitConverter.SingleToInt32Bits(v).ToString("x8", CultureInfo.InvariantCulture))));
}
