using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary><c>STUDY.md</c> and its pictures: every figure is computed from the study's rows and runs.</summary>
/// <param name="Pictures">SVG files by name, for the folder beside the document.</param>
internal sealed record StudyDocument(string Text, IReadOnlyList<(string Name, string Svg)> Pictures)
{
    private const string Intro =
        "Written by `kernelgen study` from [study.json](study.json) (one row per pruned network) and [study-runs.json](study-runs.json) "
        + "(splits, epochs, fronts and hypervolumes of every job). All times are of the whole network's generated code, "
        + "one inference on one thread, the dense and the pruned network timed in turn in one process (mean over the fastest tenth of the runs). All errors are of test images that "
        + "a job looks at once, after search, choice and retraining; between earlier studies and this one the plan (epochs, retrainings, tolerances) was changed with "
        + "such errors in sight, so that losses may be a little optimistic. Dense code is our own best: the pruned networks are not measured against anything slower.";

    public static StudyDocument Create(StudyResults results, IReadOnlyList<LoweredTime> lowered)
    {
        var (md, pictures) = (new Markdown(), new List<(string, string)>());
        var figures = new StudyFigures(results);
        md.Heading(1, "Study: what pruning gives, for whole networks");
        md.Paragraph(Intro);
        if (results.Rows.Count == 0)
        {
            md.Paragraph("No job is finished yet.");
        }
        else
        {
            HeadlineSection.Write(md, figures);
            TargetSection.Write(md, figures);
            ControlSection.Write(md, figures);
            Fronts(md, figures, pictures);
            GranularitySection.Write(md, figures);
            LayerSection.Write(md, figures);
        }

        LoweredSection.Write(md, lowered, pictures);
        MethodSection.Write(md, results);
        return new StudyDocument(md.ToString(), pictures);
    }

    private static void Fronts(Markdown md, StudyFigures figures, List<(string, string)> pictures)
    {
        md.Heading(2, "Fronts");
        md.Paragraph("Each point is one retrained network: its measured time, and what it loses on the test images. Down and left is better.");
        foreach (var topic in figures.Topics)
        {
            var name = $"front-{FileName(topic.Network)}-{FileName(topic.Dataset)}.svg";
            pictures.Add((name, StudyCharts.Front(topic, figures.Of(topic))));
            md.Picture($"Loss against time, {topic}", $"{StudyResults.Folder}/{name}");
        }
    }

    /// <summary>Letters, digits and hyphens.</summary>
    public static string FileName(string text) => string.Join('-', new string([.. text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : ' ')])
        .Split(' ', StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>A network on a data set.</summary>
internal readonly record struct Topic(string Network, string Dataset)
{
    /// <summary>A data set that is split anew has the splits in its name; of these the test split, which figures are of.</summary>
    public override string ToString() => Dataset.Split("-batches-1-4-test-") is [var name, var split] ? $"{Network} on {name} ({split.Replace('-', ' ')})" : $"{Network} on {Dataset}";
}

/// <summary>The rows as the sections ask for them.</summary>
internal sealed class StudyFigures(StudyResults results)
{
    public IReadOnlyList<Topic> Topics { get; } = [.. results.Rows.Select(TopicOf).Distinct()];

    /// <summary>The evolution's rows with every granularity allowed, of each network, data set and tolerance; one per seed.</summary>
    public IReadOnlyList<(Topic Topic, double Tolerance, IReadOnlyList<StudyRow> Seeds)> Headlines { get; } =
    [
        .. results.Rows.Where(r => r.IsEvolution && r.IsAtEveryGranularity)
            .GroupBy(r => (TopicOf(r), r.Tolerance))
            .Select(g => (g.Key.Item1, g.Key.Tolerance, (IReadOnlyList<StudyRow>)[.. g]))
    ];

    public IReadOnlyList<StudyRow> Of(Topic topic) => [.. results.Rows.Where(r => TopicOf(r) == topic)];

    public IReadOnlyList<StudyRun> RunsOf(Topic topic) => [.. results.Jobs.Runs.Where(r => new Topic(r.Network, r.Dataset) == topic)];

    /// <summary>Loss with its standard error, from the images that only one of the two networks gets wrong.</summary>
    public string LossOf(StudyRow row) => Network(row) is { } n
        ? $"{Numbers.Signed(row.Loss, 2)} ± {Numbers.Fixed(PairedStatistics.StandardErrorOfDifference(n.OnlyDenseWrong, n.OnlyPrunedWrong, row.TestImages), 2)}"
        : Numbers.Signed(row.Loss, 2);

    /// <summary>Whether the row's network kept its tolerance on the images by which it was chosen; null: not known.</summary>
    public bool? IsWithinTolerance(StudyRow row) => Network(row) is { } n ? n.SelectLoss <= n.Tolerance : null;

    private static Topic TopicOf(StudyRow row) => new(row.Network, row.Dataset);

    private StudyNetwork? Network(StudyRow row) => results.Jobs.Runs
        .Where(r => r.Has(row))
        .SelectMany(r => r.Methods.Where(m => m.Name == row.Method))
        .SelectMany(m => m.Networks)
        .FirstOrDefault(n => n.Tolerance.Equals(row.Tolerance));
}
