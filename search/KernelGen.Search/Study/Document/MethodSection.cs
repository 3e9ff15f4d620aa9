using KernelGen.Search.Reports;

namespace KernelGen.Search.Study.Document;

/// <summary>Images, epochs, machine, what failed, and how to do it again.</summary>
internal static class MethodSection
{
    public static void Write(Markdown md, StudyResults results)
    {
        var (rows, jobs) = (results.Rows, results.Jobs);
        md.Heading(2, "How it was measured");
        md.Table(
            ["network", "seed", "data seed", "granularity", "training images", "search", "select", "test", "split", "dense epochs", "brief", "retraining", "teacher's share"],
            jobs.Runs.Select(r => new[]
            {
                new Topic(r.Network, r.Dataset).ToString(), Whole(r.Seed), Whole(r.DenseSeed), r.Granularity, Numbers.Count(r.Images.Training), Numbers.Count(r.Images.Search),
                Numbers.Count(r.Images.Select), Numbers.Count(r.Images.Report), r.TestSplit, Whole(r.Epochs.Dense), Whole(r.Epochs.Brief), Whole(r.Epochs.Retraining), Numbers.Short(r.DistillationWeight),
            }));
        md.Paragraph("Candidates are scored on the search images, retrained networks are chosen on the select images, and the test images are read once, at the end. Jobs of one data seed share the held-back images, and where the error before pruning is the same, the dense network, too. CIFAR-10 has no test batch here: networks are trained and chosen on batches 1 to 4 and tested on batch 5.");
        if (jobs.Runs.Count > 0)
        {
            md.Paragraph($"Times during the search come from a table of layers that were really generated, compiled and timed. Held against whole networks that it was not made from, it was off by {Range(jobs.Runs.Select(r => r.TimeModel.MeanError))}% on average and {Range(jobs.Runs.Select(r => r.TimeModel.LargestError))}% at most.");
        }

        md.Table(
            ["machine", "commit", "networks", "rows"],
            rows.GroupBy(r => (r.Machine, r.Commit)).Select(g => new[]
            {
                g.Key.Machine, g.Key.Commit[..Math.Min(9, g.Key.Commit.Length)], string.Join(", ", g.Select(r => new Topic(r.Network, r.Dataset).ToString()).Distinct()), Numbers.Count(g.Count()),
            }),
            words: 3);

        if (jobs.Failures.Count > 0)
        {
            md.Heading(3, "Jobs that failed");
            md.List(jobs.Failures.Select(f => $"{f.Id}: {f.Message.ReplaceLineEndings(" ")}"));
        }

        md.Heading(2, "To do it again");
        md.Code(
        [
            "kernelgen study --plan search/study-plan.json --data mnist=FOLDER --data cifar-10=FOLDER --dense FOLDER -o OUT",
            "kernelgen study --write search -o OUT",
        ]);
        md.Paragraph("The plan says what is run next (finished jobs may have had other settings: the epochs above are theirs) and which dense networks are needed, trained before by `kernelgen train --validation-images N -o FOLDER/…` with the epochs and held-back images above. The commands of the single jobs stand in [study-runs.json](study-runs.json); they give what today's tool gives, so take the commit above to repeat a row exactly.");
        var kept = rows.Where(r => r.Model is not null).DistinctBy(r => r.Model).ToList();
        if (kept.Count > 0)
        {
            md.Paragraph($"The descriptions of {Numbers.Count(kept.Count)} pruned networks lie in [{StudyResults.Folder}]({StudyResults.Folder}) (`model` of their rows; `dense` in study-runs.json), each with its dense one. Those of jobs without controls come first, and where there are fewest bytes for a network, as far as they fit into {Numbers.Count(StudyModels.MostBytes)} bytes:");
            md.Code([$"kernelgen evaluate search/{kept[0].Model} --data FOLDER   # of {kept[0].Dataset}", $"kernelgen bench search/{kept[0].Model}", "kernelgen study --write search --retime   # all of a network, data set and granularity of which every row has its network: by this compiler on this machine"]);
        }
    }

    private static string Whole(long value) => FormattableString.Invariant($"{value}");

    private static string Range(IEnumerable<double> values)
    {
        var all = values.ToList();
        var (least, most) = (Numbers.Fixed(all.Min(), 1), Numbers.Fixed(all.Max(), 1));
        return least == most ? least : $"{least} to {most}";
    }
}
