using KernelGen.Model;

namespace KernelGen.Search.Data;

/// <summary>
/// The binary version of CIFAR-10 (https://www.cs.toronto.edu/~kriz/cifar.html): records of one label byte and 3 × 32 × 32
/// pixels. Without the test batch, batch 5 is the test part and only batches 1–4 are for training; the name then says so.
/// </summary>
internal static class CifarReader
{
    private static readonly Shape Shape = new(3, 32, 32);

    private static readonly EquatableArray<string> ClassNames =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    public static bool IsPresent(string directory) =>
        Enumerable.Range(1, 5).Any(i => DataFile.Find(directory, BatchFile(i)) is not null);

    /// <exception cref="DataException">A batch is missing or damaged.</exception>
    public static Dataset Read(string directory)
    {
        var test = DataFile.Find(directory, "test_batch.bin");
        var name = test is null ? "cifar-10-batches-1-4-test-batch-5" : "cifar-10";
        var batches = Enumerable.Range(1, 5).Select(i => Require(directory, BatchFile(i))).ToList();
        return test is null
            ? new Dataset(name, ReadBatches(name, batches[..4]), ReadBatches(name, batches[4..]), "batch 5")
            : new Dataset(name, ReadBatches(name, batches), ReadBatches(name, [test]));
    }

    private static string BatchFile(int index) => FormattableString.Invariant($"data_batch_{index}.bin");

    private static string Require(string directory, string file) =>
        DataFile.Find(directory, file)
        ?? throw new DataException($"{directory} holds no {file} or {file}.gz. Batches 1 to 5 of the binary version of CIFAR-10 are needed.");

    private static ImageSet ReadBatches(string name, IReadOnlyList<string> paths)
    {
        var record = 1 + Shape.Length;
        var labels = new List<int>();
        var pixels = new MemoryStream();
        foreach (var path in paths)
        {
            var bytes = DataFile.ReadAll(path);
            if (bytes.Length == 0 || bytes.Length % record != 0)
            {
                throw new DataException($"{path} holds {bytes.Length} bytes, no multiple of the {record} bytes of one image. The file is truncated or not the binary version.");
            }

            for (var at = 0; at < bytes.Length; at += record)
            {
                if (bytes[at] >= ClassNames.Count)
                {
                    throw new DataException($"{path}: image {at / record} has label {bytes[at]}; CIFAR-10 has labels 0 to 9. The file is damaged or not CIFAR-10.");
                }

                labels.Add(bytes[at]);
                pixels.Write(bytes, at + 1, record - 1);
            }
        }

        return new ImageSet(name, Shape, pixels.ToArray(), [.. labels], ClassNames);
    }
}
