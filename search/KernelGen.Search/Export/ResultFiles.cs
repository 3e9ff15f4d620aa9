using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Reports;

namespace KernelGen.Search.Export;

/// <summary>The files of a job's results: gathered in a folder of their own, then moved to where they are looked for.</summary>
/// <param name="staging">The folder to gather them in.</param>
/// <param name="output">Where they go when all are there.</param>
/// <param name="network">The network's name.</param>
internal sealed class ResultFiles(string staging, string output, string network, CancellationToken cancel)
{
    /// <summary>The folder of the controls' descriptions, within that of the results.</summary>
    public const string Controls = "controls";

    /// <summary>The kind of the dense network.</summary>
    public const string Dense = "dense";

    /// <summary>An empty folder, whatever a killed run may have left there.</summary>
    public void Start()
    {
        if (Directory.Exists(staging))
        {
            Directory.Delete(staging, recursive: true);
        }

        Directory.CreateDirectory(Path.Combine(staging, Controls));
    }

    /// <summary>Writes description, source and assembly of one network.</summary>
    /// <param name="kind">E.g. <c>dense</c> or <c>pruned-0.5</c>: the description's file name without extension.</param>
    /// <returns>The size of the assembly in bytes.</returns>
    public long Write(NetworkDescription description, string kind)
    {
        var name = AssemblyName(network, kind);
        var assembly = Emit(description, name);
        WriteDescription(description, kind);
        AtomicFile.WriteAllText(Path.Combine(staging, name + ".cs"), assembly.Source.Text);
        AtomicFile.WriteAllBytes(Path.Combine(staging, name + ".dll"), assembly.Assembly);
        AtomicFile.WriteAllBytes(Path.Combine(staging, name + ".xml"), assembly.XmlDocs);
        return assembly.Assembly.Length;
    }

    /// <summary>Writes the description of a control's network only.</summary>
    /// <param name="kind">E.g. <c>controls/uniform-0.5</c>.</param>
    /// <returns>The size in bytes that its assembly has.</returns>
    public long WriteControl(NetworkDescription description, string kind)
    {
        WriteDescription(description, kind);
        return Emit(description, AssemblyName(network, kind)).Assembly.Length;
    }

    /// <summary>Writes <c>summary.json</c> and <c>report.html</c>, and moves the complete results over those of an earlier run.</summary>
    /// <remarks>The earlier summary goes first and the new one comes last: where there is one, all that it names is there, and no network of an earlier run.</remarks>
    public void Publish(PruneResult result, string command)
    {
        SummaryWriter.Write(result, Path.Combine(staging, SummaryWriter.FileName), output);
        HtmlReport.Write(result, Path.Combine(staging, "report.html"), command);
        RemoveEarlier();
        foreach (var folder in Directory.EnumerateDirectories(staging).Where(d => Directory.EnumerateFiles(d).Any()))
        {
            Directory.CreateDirectory(Path.Combine(output, Path.GetFileName(folder)));
        }

        var files = Directory.EnumerateFiles(staging, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(staging, f)).ToList();
        foreach (var file in files.OrderBy(f => f == SummaryWriter.FileName))
        {
            File.Move(Path.Combine(staging, file), Path.Combine(output, file), overwrite: true);
        }

        Directory.Delete(staging, recursive: true);
    }

    /// <summary>Deletes an earlier summary, and the networks that it names.</summary>
    private void RemoveEarlier()
    {
        var summary = Path.Combine(output, SummaryWriter.FileName);
        var earlier = SummaryWriter.Networks(summary);
        File.Delete(summary);
        foreach (var (name, file) in earlier)
        {
            var assembly = Path.Combine(output, AssemblyFile(name, file));
            string[] files = [Path.Combine(output, file), assembly, Path.ChangeExtension(assembly, ".cs"), Path.ChangeExtension(assembly, ".xml")];
            foreach (var old in files.Where(File.Exists))
            {
                File.Delete(old);
            }
        }
    }

    /// <summary>E.g. <c>Lenet_20_50_500_Pruned_0_5</c>: a C# identifier.</summary>
    public static string AssemblyName(string network, string kind)
    {
        var words = new string([.. $"{network} {kind}".Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(w => char.ToUpperInvariant(w[0]) + w[1..]);
        var name = string.Join('_', words);
        return char.IsDigit(name[0]) ? "Net_" + name : name;
    }

    /// <summary>The file name of the assembly that belongs to a description.</summary>
    /// <param name="file">The description's.</param>
    public static string AssemblyFile(string network, string file) => AssemblyName(network, Path.ChangeExtension(file, null)) + ".dll";

    private EmittedAssembly Emit(NetworkDescription description, string name)
    {
        cancel.ThrowIfCancellationRequested();
        return NetworkAssembly.Emit(description, new CompilerOptions { ClassName = name }, name, cancellation: cancel);
    }

    private void WriteDescription(NetworkDescription description, string kind) =>
        AtomicFile.WriteAllText(Path.Combine(staging, kind + ".kgn"), DescriptionWriter.Write(description));
}
