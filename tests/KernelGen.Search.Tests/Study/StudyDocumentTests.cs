using System.Xml.Linq;
using KernelGen.Search.Study;
using KernelGen.Search.Study.Document;
using KernelGen.Search.Tests.Reports;

namespace KernelGen.Search.Tests.Study;

public class StudyDocumentTests
{
    private static readonly IReadOnlyList<LoweredTime> Lowered =
    [
        .. new[] { "weights", "strided" }.SelectMany(s => Enumerable.Range(0, 4).Select(i => new LoweredTime("lenet conv2", s, 25.5 * i, 1e-6, 200 - (30 * i), 100, 40 - (9 * i), 40))),
    ];

    [Fact]
    public void It_is_the_same_under_every_culture_and_has_no_figure_that_is_none()
    {
        var text = Create(Sample(1, 2, 3)).Text;
        HostileCulture.Run(() => Assert.Equal(text, Create(Sample(1, 2, 3)).Text));
        Assert.DoesNotContain("NaN", text);
        Assert.DoesNotContain("∞", text);
        Assert.DoesNotContain("Infinity", text);
    }

    [Fact]
    public void Headline_rows_have_the_median_of_the_seeds_and_each_seed_with_its_error_bar_and_test()
    {
        var text = Create(Sample(1, 2, 3)).Text;

        // 41.26 / 14.2 µs; 40 images only the dense network gets wrong, 48 only the pruned one.
        Assert.Contains("| median of 3 | 11.00 | 11.40 | +0.40 |", text);
        Assert.Contains("| 2 | 11.00 | 11.40 | +0.40 ± 0.47 | 0.4557 | 41.3 | 14.2 | 2.91 |", text);

        // At tolerance 2 the sample lost 2.2 on the select images.
        Assert.Contains("+1.50 ± 0.52 * |", text);
        Assert.DoesNotContain("+0.95 ± 0.49 * |", text);
    }

    [Fact]
    public void What_fell_short_names_missed_bounds_and_controls_that_the_evolution_did_not_beat()
    {
        var lenet = Named(Sample(1, 2, 3), "lenet-20-50-500", "mnist", m => m);
        var text = Create(lenet).Text;
        Assert.Contains("lenet-20-50-500 on mnist, tolerance 0.5, 3 seeds: dense error ≤ 0.9%; measured 11.00%.", text);
        Assert.Contains("cnn-small on cifar: a finished job; measured none.", text);
        Assert.Contains("| lenet-20-50-500 on mnist, 3 seeds | the evolution's hypervolume > every control's |", text);
        Assert.DoesNotContain("the evolution's hypervolume > every control's; measured", text);

        var beaten = Named(Sample(1, 2, 3), "lenet-20-50-500", "mnist", m => m.Name == "taylor" ? m with { Hypervolume = 0.7 } : m);
        Assert.Contains("the evolution's hypervolume > every control's; measured 0.620, taylor 0.700.", Create(beaten).Text);
    }

    [Fact]
    public void A_control_whose_retrained_networks_lose_less_is_named()
    {
        var sample = Sample(1, 2, 3);
        Assert.DoesNotContain("lose less", Create(sample).Text);

        var better = sample with { Rows = [.. sample.Rows.Select(r => r.Method == "taylor" && r.Tolerance.Equals(0.5) ? r with { ErrorAfter = 11.1 } : r)] };
        Assert.Contains("those of other methods lose less: taylor +0.10 points at ", Create(better).Text);
    }

    [Fact]
    public void Hypervolumes_are_only_those_of_jobs_with_controls_and_an_empty_front_counts_as_nothing()
    {
        var sample = Sample(1, 2, 3);
        var runs = sample.Jobs.Runs;
        StudyMethod Taylor(StudyRun run) => run.Methods.Single(m => m.Name == "taylor");
        var mixed = sample with
        {
            Jobs = sample.Jobs with
            {
                Runs =
                [
                    runs[0] with { Methods = [.. runs[0].Methods.Where(m => m.Name == "evolution").Select(m => m with { Hypervolume = 0.1 })] },
                    runs[1] with { Methods = [.. runs[1].Methods.Where(m => m.Name != "taylor"), Taylor(runs[1]) with { Front = [], Hypervolume = 0, Evaluations = 7 }] },
                    runs[2],
                ],
            },
        };

        var text = Create(mixed).Text;
        Assert.Contains("| evolution | 2 |", text);
        Assert.Contains("| taylor | 2 | 7 to ", text);
        Assert.Contains("| 0.000, ", text);
    }

    [Fact]
    public void A_bound_that_is_kept_stands_as_kept()
    {
        var sample = Sample(1, 2, 3);
        var good = sample with
        {
            Rows = [.. sample.Rows.Select(r => r with { Network = "resnet8", Dataset = "cifar-10", ErrorBefore = 12, ErrorAfter = 12.5, MicrosecondsPruned = r.MicrosecondsDense / 3, MacsAfter = r.MacsBefore / 4 })],
        };

        Assert.Contains("| times as fast ≥ 2.2× | 3.00× | yes |", Create(good).Text);
    }

    [Theory]
    [InlineData("cnn-small-w0.5", true)]
    [InlineData("cnn-small-w0.25-controls", false)]
    public void Bounds_hold_for_a_network_at_any_width_but_not_for_comparisons(string network, bool isHeld)
    {
        var sample = Sample(1);
        var text = Create(sample with { Rows = [.. sample.Rows.Select(r => r with { Network = network, Dataset = "cifar-10" })] }).Text;
        Assert.Equal(isHeld, text.Contains($"| {network} on cifar-10, tolerance 1, 1 seed | loss ≤ 1 points |", StringComparison.Ordinal));
    }

    /// <summary>The larger tolerance loses too much: it is not passed over for the smaller one.</summary>
    [Fact]
    public void Every_tolerance_up_to_the_bound_of_the_loss_is_held_to_it()
    {
        var sample = Sample(1, 2, 3);
        var mixed = sample with
        {
            Rows = [.. sample.Rows.Select(r => r with { Network = "resnet8", Dataset = "cifar-10", ErrorBefore = 12, ErrorAfter = 12.5 + (r.Tolerance == 1 ? 1 : 0) })],
        };

        var text = Create(mixed).Text;
        Assert.Contains("resnet8 on cifar-10, tolerance 0.5, 3 seeds | loss ≤ 1 points | 0.50 points | yes |", text);
        Assert.Contains("resnet8 on cifar-10, tolerance 1, 3 seeds | loss ≤ 1 points | 1.50 points | **no** |", text);
        Assert.DoesNotContain("resnet8 on cifar-10, tolerance 2, 3 seeds | loss", text);
    }

    [Fact]
    public void Pictures_are_files_of_their_own_that_the_document_shows()
    {
        var document = Create(Sample(1));

        Assert.Equal(3, document.Pictures.Count);
        Assert.All(document.Pictures, p =>
        {
            Assert.Contains($"](study/{p.Name})", document.Text);
            Assert.Equal("http://www.w3.org/2000/svg", XDocument.Parse(p.Svg).Root!.Name.NamespaceName);
            Assert.DoesNotContain("NaN", p.Svg);
        });
    }

    [Fact]
    public void Without_a_finished_job_it_says_so()
    {
        var text = StudyDocument.Create(new StudyResults([], new StudyJobs([], [new StudyFailure("a-seed1", "no images\nat all")])), []).Text;

        Assert.Contains("No job is finished yet.", text);
        Assert.Contains("a-seed1: no images at all", text);
    }

    private static StudyDocument Create(StudyResults results) => StudyDocument.Create(results, Lowered);

    private static StudyResults Sample(params long[] seeds)
    {
        var jobs = seeds.Select(s => (Job: StudyJob.Of(new StudySettings { Network = "lenet-5" }, s), Result: SampleResult.Create() with { Seed = s })).ToList();
        return new StudyResults(
            [.. jobs.SelectMany(j => StudyRow.Of(j.Job, j.Result, "c0ffee"))],
            new StudyJobs([.. jobs.Select(j => StudyRun.Of(j.Job, new PruneOptions { Seed = j.Job.Seed }, j.Result))], []));
    }

    private static StudyResults Named(StudyResults results, string network, string dataset, Func<StudyMethod, StudyMethod> change) => new(
        [.. results.Rows.Select(r => r with { Network = network, Dataset = dataset })],
        results.Jobs with { Runs = [.. results.Jobs.Runs.Select(r => r with { Network = network, Dataset = dataset, Methods = [.. r.Methods.Select(change)] })] });
}
