namespace KernelGen.Onnx.Conformance;

/// <summary>
/// Compiled networks with their inputs, as files in a folder: what a process that runs generated code needs, and what it answers.
/// For each job <c>N.dll</c> and <c>N.in</c>; the process adds <c>N.WIDTH</c>.
/// </summary>
internal static class EngineJob
{
    public static void Write(string folder, int number, byte[] assembly, IReadOnlyList<float[][]> inputs, IReadOnlyList<int> outputLengths)
    {
        File.WriteAllBytes(AssemblyPath(folder, number), assembly);
        using var writer = new BinaryWriter(File.Create(Path.Combine(folder, FormattableString.Invariant($"{number}.in"))));
        Write(writer, inputs);
        writer.Write(outputLengths.Count);
        foreach (var length in outputLengths)
        {
            writer.Write(length);
        }
    }

    /// <summary>The jobs of a folder.</summary>
    public static IReadOnlyList<int> Numbers(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.in").Select(f => int.Parse(Path.GetFileNameWithoutExtension(f), System.Globalization.CultureInfo.InvariantCulture)).Order()];

    public static (byte[] Assembly, float[][][] Inputs, int[] OutputLengths) Read(string folder, int number)
    {
        using var reader = new BinaryReader(File.OpenRead(Path.Combine(folder, FormattableString.Invariant($"{number}.in"))));
        var inputs = Read(reader);
        var lengths = Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt32()).ToArray();
        return (File.ReadAllBytes(AssemblyPath(folder, number)), inputs, lengths);
    }

    /// <param name="failure">Null if there are outputs.</param>
    public static void WriteAnswer(string folder, int number, string width, string? failure, IReadOnlyList<float[][]> outputs)
    {
        using var writer = new BinaryWriter(File.Create(AnswerPath(folder, number, width)));
        writer.Write(failure ?? "");
        Write(writer, outputs);
    }

    /// <summary>The outputs per data set, or why there are none.</summary>
    public static (string? Failure, float[][][] Outputs) ReadAnswer(string folder, int number, string width)
    {
        if (!File.Exists(AnswerPath(folder, number, width)))
        {
            return ("the process ended before it answered", []);
        }

        using var reader = new BinaryReader(File.OpenRead(AnswerPath(folder, number, width)));
        var failure = reader.ReadString();
        return (failure.Length == 0 ? null : failure, Read(reader));
    }

    private static string AssemblyPath(string folder, int number) => Path.Combine(folder, FormattableString.Invariant($"{number}.dll"));

    private static string AnswerPath(string folder, int number, string width) => Path.Combine(folder, FormattableString.Invariant($"{number}.{width}"));

    private static void Write(BinaryWriter writer, IReadOnlyList<float[][]> sets)
    {
        writer.Write(sets.Count);
        foreach (var tensors in sets)
        {
            writer.Write(tensors.Length);
            foreach (var tensor in tensors)
            {
                writer.Write(tensor.Length);
                writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor.AsSpan()));
            }
        }
    }

    private static float[][][] Read(BinaryReader reader) =>
        [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => Enumerable.Range(0, reader.ReadInt32()).Select(_ => ReadTensor(reader)).ToArray())];

    private static float[] ReadTensor(BinaryReader reader)
    {
        var tensor = new float[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tensor.AsSpan()));
        return tensor;
    }
}
