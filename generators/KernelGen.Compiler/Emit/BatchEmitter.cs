namespace KernelGen.Compiler.Emit;

/// <summary>
/// Writes <c>RunBatch</c>: threads take a few images at a time by a shared counter, each with an instance of the class for its
/// workspace. Spans cannot cross threads, so the images are given as memory.
/// </summary>
internal sealed class BatchEmitter(SourceWriter writer, string className, Ports ports)
{
    /// <summary>Into so many groups per thread are the images split: few enough to cost nothing, enough to end together.</summary>
    private const int GroupsPerThread = 16;

    private string Names => ports.Arguments(p => p.Name);

    public void Emit()
    {
        writer.Line();
        writer.Line("// Whose workspaces the further threads of a batch use.");
        writer.Line($"private {className}[] others = Array.Empty<{className}>();");
        WriteRunBatch();
        WriteRunParallel();
        WriteRunRange();
        writer.Line();
        using var method = writer.Open("private static void CheckBatch(int actual, int perImage, int count, string name)");
        using var check = writer.Open("if (actual != (long)perImage * count)");
        writer.Line("throw new ArgumentException($\"The memory has {actual} elements; {count} images have {(long)perImage * count}.\", name);");
    }

    private void WriteRunBatch()
    {
        writer.Line();
        writer.Lines("""
            /// <summary>
            /// Runs the network on many images, on several threads: the calling one and others of the thread pool, which take a few images
            /// at a time until none is left. Each image gives what <see cref="Run"/> gives, whatever the number of threads. Every thread
            /// has a workspace of its own, allocated by the first call that has so many threads, and kept. With one thread, all is done
            /// on the calling one and nothing is allocated. Like <c>Run</c>, this is for one caller at a time.
            /// </summary>
            """);
        foreach (var input in ports.Inputs)
        {
            writer.Line($"/// <param name=\"{input.Name}\">The images, one after another: {input.Length} floats each, {input.Shape}, the last axis fastest.</param>");
        }

        foreach (var output in ports.Outputs)
        {
            writer.Line($"/// <param name=\"{output.Name}\">Receives {output.Length} floats per image, {output.Shape}, the last axis fastest; must not overlap an input.</param>");
        }

        writer.Lines("""
            /// <param name="count">How many images; none is not an error.</param>
            /// <param name="degreeOfParallelism">How many threads at most, 1 or more; more than the machine has cores gain nothing.</param>
            /// <exception cref="ArgumentException">A length is not that of so many images.</exception>
            /// <exception cref="ArgumentOutOfRangeException">The count is negative, or the degree of parallelism is less than 1.</exception>
            """);
        using var method = writer.Open(
            $"public void RunBatch({ports.Parameters("ReadOnlyMemory<float>", "Memory<float>")}, int count, int degreeOfParallelism)");
        writer.Line("ArgumentOutOfRangeException.ThrowIfNegative(count);");
        writer.Line("ArgumentOutOfRangeException.ThrowIfLessThan(degreeOfParallelism, 1);");
        foreach (var port in ports.All)
        {
            writer.Line($"CheckBatch({port.Name}.Length, {port.Length}, count, nameof({port.Name}));");
        }

        writer.Line("var threads = OperatingSystem.IsBrowser() ? 1 : Math.Min(count, degreeOfParallelism);");
        using (writer.Open("if (threads > 1)"))
        {
            writer.Line($"RunParallel({Names}, count, threads);");
        }

        using var sequential = writer.Open("else");
        writer.Line($"RunRange({ports.Arguments(p => $"{p.Name}.Span")}, 0, count);");
    }

    /// <summary>A method of its own: C# allocates what a lambda captures where the method begins.</summary>
    private void WriteRunParallel()
    {
        writer.Line();
        using var method = writer.Open($"private void RunParallel({ports.Parameters("ReadOnlyMemory<float>", "Memory<float>")}, int count, int threads)");
        using (writer.Open("if (others.Length < threads - 1)"))
        {
            writer.Line("var more = others;");
            writer.Line("Array.Resize(ref more, threads - 1);");
            using (writer.Open("for (var i = others.Length; i < more.Length; i++)"))
            {
                writer.Line($"more[i] = new {className}();");
            }

            writer.Line();
            writer.Line("others = more;");
        }

        writer.Line();
        writer.Line($"var group = Math.Max(1, count / threads / {GroupsPerThread});");
        writer.Line("var taken = 0L;");
        writer.Line("var options = new System.Threading.Tasks.ParallelOptions { MaxDegreeOfParallelism = threads };");
        writer.Line("System.Threading.Tasks.Parallel.For(0, threads, options, Work);");
        writer.Line();
        using var work = writer.Open("void Work(int thread)");
        writer.Line("var network = thread == 0 ? this : others[thread - 1];");
        using var groups = writer.Open("for (long first; (first = System.Threading.Interlocked.Add(ref taken, group) - group) < count;)");
        writer.Line($"network.RunRange({ports.Arguments(p => $"{p.Name}.Span")}, (int)first, (int)Math.Min(first + group, count));");
    }

    private void WriteRunRange()
    {
        writer.Line();
        using var method = writer.Open($"private void RunRange({ports.Parameters("ReadOnlySpan<float>", "Span<float>")}, int first, int end)");
        using var images = writer.Open("for (var i = first; i < end; i++)");
        writer.Line($"Run({ports.Arguments(p => $"{p.Name}.Slice(i * {p.Length}, {p.Length})")});");
    }
}
