using System.Security.Cryptography;
using System.Text;
using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Export;

namespace KernelGen.Search.Study;

/// <summary>Copies of the networks behind the headline rows, so that anyone can evaluate and time them again.</summary>
internal static class StudyModels
{
    /// <summary>What the copies may take together: they are kept in the repository.</summary>
    public const long MostBytes = 5_200_000;

    public static string DenseFile(string jobFolder) => Path.Combine(jobFolder, ResultFiles.Dense + ".kgn");

    /// <summary>
    /// Copies the pruned networks of the evolution at every granularity, each together with its dense network: of a dense network that several
    /// jobs pruned, one copy and all that was made of it, or nothing. Jobs without controls come first, and of those the sets with the fewest bytes
    /// per network, as far as they fit into the limit beside the copies of earlier calls that stay.
    /// </summary>
    /// <param name="target">The folder of the copies.</param>
    /// <param name="kept">Copies of earlier calls that stay, from the parent of <paramref name="target"/>.</param>
    /// <returns>The copy, from the parent of <paramref name="target"/>, by the full path of the original.</returns>
    public static Dictionary<string, string> Copy(IEnumerable<(string Folder, StudyRecord Record)> records, string target, IReadOnlySet<string> kept, long mostBytes = MostBytes)
    {
        Directory.CreateDirectory(target);
        var names = Directory.EnumerateFiles(target, "*.kgn").Select(f => Path.GetFileName(f)).Where(f => kept.Contains(Copied(f))).ToHashSet();
        var known = names.Order(StringComparer.Ordinal).GroupBy(n => Hash(Path.Combine(target, n))).ToDictionary(g => g.Key, g => g.First());
        var sets = records
            .SelectMany(r => Headline(r.Folder, r.Record))
            .GroupBy(f => f.Set, f => f.File)
            .Select(files => files.GroupBy(f => f.Hash).Select(alike => alike.OrderBy(f => f.Name, StringComparer.Ordinal).ToList()).ToList())
            .OrderBy(set => set.All(alike => alike.All(f => f.IsOfControls)))
            .ThenBy(set => Size(set) / set.Count)
            .ThenBy(set => set[0][0].Name, StringComparer.Ordinal);
        var (copies, left) = (new Dictionary<string, string>(), mostBytes - names.Sum(n => new FileInfo(Path.Combine(target, n)).Length));
        foreach (var set in sets.Where(set => Size(set) <= left))
        {
            left -= Size(set);
            foreach (var alike in set)
            {
                if (!known.TryGetValue(alike[0].Hash, out var name))
                {
                    name = Free(alike[0].Name);
                    names.Add(name);
                    known.Add(alike[0].Hash, name);
                    AtomicFile.WriteAllBytes(Path.Combine(target, name), File.ReadAllBytes(alike[0].Path));
                }

                alike.ForEach(f => copies[Path.GetFullPath(f.Path)] = Copied(name));
            }
        }

        return copies;

        string Copied(string name) => StudyModels.Copied(target, name);

        // Another network may stay under the name that this one would have.
        string Free(string name) => Enumerable.Range(2, int.MaxValue - 2)
            .Select(i => FormattableString.Invariant($"{Path.GetFileNameWithoutExtension(name)}-{i}.kgn")).Prepend(name).First(n => !names.Contains(n));

        long Size(List<List<ModelFile>> set) => set.Where(alike => !known.ContainsKey(alike[0].Hash)).Sum(alike => new FileInfo(alike[0].Path).Length);
    }

    /// <summary>Deletes copies that nothing names any more: the last step, so that every file that is named exists.</summary>
    /// <param name="target">The folder of the copies.</param>
    /// <param name="named">From the parent of <paramref name="target"/>.</param>
    public static void DeleteOthers(string target, IReadOnlySet<string> named)
    {
        foreach (var old in Directory.EnumerateFiles(target, "*.kgn").Where(f => !named.Contains(Copied(target, Path.GetFileName(f)))).ToList())
        {
            File.Delete(old);
        }
    }

    private static string Copied(string target, string name) => $"{Path.GetFileName(target)}/{name}";

    /// <summary>Of the network without its provenance: jobs of other seeds write that of their common dense network otherwise.</summary>
    private static string Hash(string path) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(DescriptionWriter.Write(DescriptionFile.Read(path) with { Provenance = null }))));

    /// <summary>The files of one job; their set is named by the dense network.</summary>
    private static IEnumerable<(string Set, ModelFile File)> Headline(string folder, StudyRecord record)
    {
        var evolved = record.Rows.Where(r => r.IsEvolution && r.IsAtEveryGranularity).ToList();
        if (evolved.Count == 0 || !File.Exists(DenseFile(folder)))
        {
            return [];
        }

        var isOfControls = record.Run.Methods.Count > 1;
        var dense = new ModelFile(DenseFile(folder), $"{record.Run.Id}-dense.kgn", Hash(DenseFile(folder)), isOfControls);
        return record.Run.Methods.Single(m => m.Name == evolved[0].Method).Networks
            .Select(n => (Path: Path.Combine(folder, n.File), Name: FormattableString.Invariant($"{record.Run.Id}-tolerance{n.Tolerance}.kgn")))
            .Where(n => File.Exists(n.Path))
            .Select(n => (dense.Hash, new ModelFile(n.Path, n.Name, Hash(n.Path), isOfControls)))
            .Append((dense.Hash, dense));
    }

    private sealed record ModelFile(string Path, string Name, string Hash, bool IsOfControls);
}
