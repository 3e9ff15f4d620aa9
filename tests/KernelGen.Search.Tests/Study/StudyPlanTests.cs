using KernelGen.Model;
using KernelGen.Runtime;
using KernelGen.Search.Pruning;
using KernelGen.Search.Study;
using KernelGen.Search.Tests.Data;

namespace KernelGen.Search.Tests.Study;

public sealed class StudyPlanTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void A_plan_without_entries_is_refused() =>
        Assert.Contains("no entries", Assert.Throws<StudyException>(() => Jobs("""{ "defaults": {}, "entries": [] }""")).Message);

    [Fact]
    public void Every_entry_and_seed_is_a_job_with_the_defaults_where_the_entry_says_nothing()
    {
        var jobs = Jobs("""
            {
              // Comments and trailing commas are allowed.
              "defaults": { "evaluations": 90, "epochs": { "brief": 2, "retraining": 7 }, "tolerances": [0.5, 2] },
              "entries": [
                { "network": "lenet-5", "data": "mnist", "seeds": [4, 5], "controls": "random,uniform", "epochs": { "retraining": 9 }, },
                { "network": "resnet-8", "granularities": "maps", "order": "staged", "id": "other" },
              ],
            }
            """);

        Assert.Equal(["lenet-5-mnist-seed4", "lenet-5-mnist-seed5", "other-seed1"], jobs.Select(j => j.Id));
        var options = jobs[1].Options(Folders(("mnist", directory.Path)));
        Assert.Equal((5, 90, 2, 9), (options.Seed, options.Evaluations, options.BriefEpochs, options.RetrainingEpochs));
        Assert.Equal([0.5, 2], options.Tolerances);
        Assert.Equal(["uniform", "random"], options.Controls);
        Assert.Equal((directory.Path, true, Path.Combine("out", "lenet-5-mnist-seed5")), (options.DataDirectory, options.Resume, options.Output));
        var other = jobs[2].Options(Folders());
        Assert.Equal((Granularities.Maps, true, new PruneOptions().ValidationImages), (other.Granularities.Allowed, other.Granularities.IsStaged, other.ValidationImages));
        Assert.Equal("maps+kernels+strides", jobs[0].Granularity);
    }

    [Theory]
    [InlineData("""{ "network": "lenet-5", "evalutions": 3 }""", "$.entries[0].evalutions", "evaluations")]
    [InlineData("""{ "network": "lenet-5", "seeds": 3 }""", "$.entries[0].seeds", "plan.json(1,")]
    [InlineData("""{ "data": "mnist" }""", "entry 1 (without a network)", "\"network\"")]
    [InlineData("""{ "network": "lenet-6" }""", "entry 1 (lenet-6)", "lenet-20-50-500")]
    [InlineData("""{ "network": "lenet-5", "method": "annealing" }""", "annealing", "particle-filter")]
    [InlineData("""{ "network": "lenet-5", "granularities": "maps,channels" }""", "'channels'", "strides")]
    [InlineData("""{ "network": "lenet-5", "controls": "best" }""", "'best'", "taylor")]
    [InlineData("""{ "network": "lenet-5", "tolerances": [2, 1] }""", "\"tolerances\"", "ascending")]
    [InlineData("""{ "network": "lenet-5", "evaluations": 0 }""", "\"evaluations\"", "less than 1")]
    [InlineData("""{ "network": "lenet-5", "seeds": [1, 1] }""", "lenet-5-fashion-mnist-subset-seed1", "\"id\"")]
    public void A_mistake_is_named_with_its_place_and_what_to_do(string entry, string place, string advice)
    {
        var refused = Assert.Throws<StudyException>(() => Jobs($$"""{ "defaults": {}, "entries": [{{entry}}] }"""));

        Assert.Contains("plan.json", refused.Message);
        Assert.Contains(place, refused.Message);
        Assert.Contains(advice, refused.Message);
    }

    [Fact]
    public void A_part_of_the_images_does_not_go_with_a_network_that_was_trained_with_others() =>
        Assert.Contains("maximumImages", Assert.Throws<StudyException>(() => Jobs("""{ "defaults": { "network": "lenet-5", "dense": "net.kgn" }, "entries": [{ "maximumImages": 100 }] }""")).Message);

    [Fact]
    public void Two_jobs_whose_rows_could_not_be_told_apart_are_refused()
    {
        var refused = Assert.Throws<StudyException>(() => Jobs("""{ "defaults": { "network": "lenet-5" }, "entries": [{ "id": "a", "tolerances": [1, 2] }, { "id": "b", "tolerances": [2], "controls": "all" }] }"""));

        Assert.Contains("a-seed1 and b-seed1", refused.Message);
        Assert.Contains("tolerance 2", refused.Message);
    }

    [Fact]
    public void A_data_set_without_a_folder_is_named_before_anything_runs()
    {
        var jobs = Jobs("""{ "defaults": {}, "entries": [{ "network": "lenet-5", "data": "fashion-mnist" }, { "network": "lenet-5", "data": "nowhere" }] }""");

        var refused = Assert.Throws<StudyException>(() => Folders().Check(jobs));

        Assert.Contains("--data nowhere=FOLDER", refused.Message);
    }

    [Fact]
    public void A_dense_network_brings_the_seed_of_its_held_back_images_and_must_have_held_them_back()
    {
        var description = SampleModels.Dense() with { Provenance = new Provenance("mnist", "validation", 300, 2, 2, 0, 11, "test") };
        DescriptionFile.Write(Path.Combine(directory.Path, "net.kgn"), description);
        const string plan = """{ "defaults": { "network": "lenet-5", "dense": "net.kgn" }, "entries": [{ "id": "a", "validationImages": 300, "seeds": [2] }] }""";

        var options = Jobs(plan)[0].Options(Folders());

        Assert.Equal((2, 11, null), (options.Seed, options.DataSeed, options.Epochs));
        Assert.Equal("net.kgn", options.Model!.File);
        Assert.True(options.RequireHeldBack);
    }

    [Fact]
    public void The_committed_plan_is_understood()
    {
        var path = Path.Combine(Root(), "search", "study-plan.json");

        var jobs = StudyPlan.Read(path).Jobs(path);

        Assert.Contains(jobs, j => j is { Settings: { Network: "lenet-20-50-500", Data: "mnist", Controls: "all" }, Seed: 1 });
        Assert.Contains(jobs, j => j.Settings.Label == "resnet8");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "KernelGen.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }

    private StudyFolders Folders(params (string Name, string Folder)[] data) =>
        new("out", data.ToDictionary(d => d.Name, d => d.Folder), directory.Path);

    private IReadOnlyList<StudyJob> Jobs(string plan)
    {
        var path = Path.Combine(directory.Path, "plan.json");
        File.WriteAllText(path, plan);
        return StudyPlan.Read(path).Jobs(path);
    }
}
