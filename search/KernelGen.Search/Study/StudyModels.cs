using System.Security.Cryptography;
using System.Text;
using KernelGen.Model;
using KernelGen.Runtime;

namespace KernelGen.Search.Study;

/// <summary>Copies of the networks behind the headline rows, so that anyone can evaluate and time them again.</summary>
internal static class StudyModels
{
    /// <summary>What the copies may take together: they are kept in the repository.</summary>
    public const long MostBytes = 5_000_000;

    public static string DenseFile(string jobFolder) => Path.Combine(jobFolder, "dense.kgn");

    /// <summary>
    /// Copies the pruned networks of the evolution at every granularity, and their dense networks, those with equal weights once: the smallest
    /// first, as long as all together stay within the limit. Copies of earlier calls that are no longer wanted are deleted.
    /// </summary>
    /// <param name="target">The folder of the copies.</param>
    /// <returns>The copy, from the parent of <paramref name="target"/>, by the full path of the original.</returns>
    public static Dictionary<string, string> Copy(IEnumerable<(string Folder, StudyRecord Record)> records, string target, long mostBytes = MostBytes)
    {
        var files = records.SelectMany(r => Headline(r.Folder, r.Record)).Where(f => File.Exists(f.Path)).OrderBy(f => new FileInfo(f.Path).Length).ThenBy(f => f.Name, StringComparer.Ordinal);
        var (copies, names, left) = (new Dictionary<string, string>(), new Dictionary<string, string>(), mostBytes);
        Directory.CreateDirectory(target);
        foreach (var (path, name) in files)
        {
            var content = File.ReadAllBytes(path);
            var hash = Hash(path);
            if (!names.TryGetValue(hash, out var copy))
            {
                if (content.Length > left)
                {
                    break;
                }

                left -= content.Length;
                names[hash] = copy = name;
                AtomicFile.WriteAllBytes(Path.Combine(target, copy), content);
            }

            copies[Path.GetFullPath(path)] = $"{Path.GetFileName(target)}/{copy}";
        }

        foreach (var old in Directory.EnumerateFiles(target, "*.kgn").Where(f => !names.ContainsValue(Path.GetFileName(f))).ToList())
        {
            File.Delete(old);
        }

        return copies;
    }

    /// <summary>Of the network without its provenance: jobs of other seeds write that of their common dense network otherwise.</summary>
    private static string Hash(string path) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(DescriptionWriter.Write(DescriptionFile.Read(path) with { Provenance = null }))));

    private static IEnumerable<(string Path, string Name)> Headline(string folder, StudyRecord record)
    {
        var evolved = record.Rows.Where(r => r.IsEvolution && r.IsAtEveryGranularity).ToList();
        if (evolved.Count == 0)
        {
            return [];
        }

        var networks = record.Run.Methods.Single(m => m.Name == evolved[0].Method).Networks;
        return networks
            .Select(n => (Path.Combine(folder, n.File), FormattableString.Invariant($"{record.Run.Id}-tolerance{n.Tolerance}.kgn")))
            .Append((DenseFile(folder), $"{record.Run.Id}-dense.kgn"));
    }
}
