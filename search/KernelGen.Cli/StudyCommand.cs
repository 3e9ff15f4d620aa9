using System.CommandLine;
using KernelGen.Search;
using KernelGen.Search.Study;

namespace KernelGen.Cli;

/// <summary>Many jobs of <c>prune</c>, unattended, and the tables and pictures of what they found.</summary>
internal static class StudyCommand
{
    public static Command Create()
    {
        var command = new ExampleCommand(
            "study",
            "Runs the jobs of a plan one after the other: networks, data sets, granularities, tolerances, seeds, controls. Interrupted, the same command goes on; "
            + "finished jobs are skipped, failed ones noted and tried again the next time. After each job study.json, study-runs.json, STUDY.md and its pictures are written to the output folder.",
            ("The committed study", "kernelgen study --plan search/study-plan.json --data mnist=/data/mnist --data cifar-10=/data/cifar10 --dense dense -o out-study"),
            ("What is done and what is left", "kernelgen study --plan search/study-plan.json -o out-study --list"),
            ("Only some of the jobs", "kernelgen study --plan search/study-plan.json -o out-study --only resnet8"),
            ("The results so far into the repository", "kernelgen study --write search -o out-study"),
            ("The document anew from its rows", "kernelgen study --write search"),
            ("The kept networks timed again with this compiler", "kernelgen study --write search --retime"));
        var plan = new Option<string?>("--plan") { Description = "The plan, JSON: \"defaults\" and \"entries\".", HelpName = "FILE" };
        var data = new Option<string[]>("--data")
        {
            Description = "The folder of a data set that the plan names, e.g. mnist=/data/mnist. Once for each.",
            HelpName = "NAME=FOLDER",
            DefaultValueFactory = _ => [],
        };
        var dense = new Option<string>("--dense") { Description = "The folder of the plan's trained dense networks.", HelpName = "DIR", DefaultValueFactory = _ => "." };
        var latency = new Option<string?>("--latency-table") { Description = "As of kernelgen prune.", HelpName = "FILE" };
        var only = new Option<string>("--only") { Description = "Only jobs with this text in their name.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var list = new Option<bool>("--list") { Description = "Run nothing: show the jobs and how far they are." };
        var write = new Option<string?>("--write")
        {
            Description = "Run nothing: write the results of --output to this folder, where those of other jobs stay; without --output, the document of this folder's study.json.",
            HelpName = "DIR",
        };
        var retime = new Option<bool>("--retime") { Description = "With --write and without --output: time the networks again that the folder of study.json keeps, where it has those of every row of a network, data set and granularity, and write these rows' times anew; writing the results of their jobs once more brings the old ones back." };
        var output = OutputOption.Create("the jobs and the results");
        foreach (var option in new Option[] { plan, data, dense, latency, only, list, write, retime, output })
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetValue(plan) is null && result.GetValue(write) is null)
            {
                result.AddError("Give a --plan to run, or --write to write results.");
            }

            if (result.GetValue(retime) && (result.GetValue(write) is null || result.GetResult(output) is { Implicit: false }))
            {
                result.AddError("--retime goes with --write and without --output: it times networks that lie beside study.json.");
            }
        });
        command.SetAction((parsed, cancellation) =>
        {
            var jobsFolder = parsed.GetRequiredValue(output);
            if (parsed.GetValue(write) is { } target)
            {
                if (parsed.GetValue(retime))
                {
                    StudyResults.Retime(target, Line, cancellation);
                }
                else if (parsed.GetResult(output) is { Implicit: false })
                {
                    StudyResults.Publish(jobsFolder, target);
                }
                else
                {
                    StudyResults.Rewrite(target);
                }

                Output.Line($"{Path.Combine(target, "STUDY.md")}");
                return Task.FromResult(ExitCodes.Ok);
            }

            var file = parsed.GetValue(plan)!;
            var jobs = StudyPlan.Read(file).Jobs(file).Where(j => j.Id.Contains(parsed.GetRequiredValue(only), StringComparison.OrdinalIgnoreCase)).ToList();
            if (jobs.Count == 0)
            {
                throw new InputException($"--only {parsed.GetRequiredValue(only)}: no job of {file} has this in its name. --list shows them.");
            }

            var folders = new StudyFolders(jobsFolder, Folders(parsed.GetValue(data) ?? []), parsed.GetRequiredValue(dense), parsed.GetValue(latency));
            var runner = new StudyRunner(folders, PruneJob.Run);
            if (parsed.GetValue(list))
            {
                Output.Table(["job", "state"], jobs.Select(j => new[] { j.Id, runner.StateOf(j).ToString().ToLowerInvariant() }), "state");
                return Task.FromResult(ExitCodes.Ok);
            }

            return Task.FromResult(Run(runner, jobs, jobsFolder, cancellation));
        });
        return command;
    }

    private static int Run(StudyRunner runner, List<StudyJob> jobs, string output, CancellationToken cancellation)
    {
        try
        {
            var failures = runner.Run(jobs, Line, Publish, cancellation);
            StudyResults.Publish(output, output);
            Line(FormattableString.Invariant($"{jobs.Count - failures} of {jobs.Count} jobs are finished, {failures} failed or were left to another run; see {Path.Combine(output, "STUDY.md")}"));
            return failures == 0 ? ExitCodes.Ok : ExitCodes.CheckFailed;
        }
        catch (OperationCanceledException)
        {
            throw new InterruptedException("interrupted; the same command goes on from there.");
        }

        // Half the study may be ahead: what is wrong with one job's record is told now, and ends the command after the last job.
        void Publish()
        {
            try
            {
                StudyResults.Publish(output, output);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Line(e is StudyException ? e.Message : e.ToString());
            }
        }
    }

    private static void Line(string text) => Console.Error.WriteLine(FormattableString.Invariant($"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ss}Z {text}"));

    private static Dictionary<string, string> Folders(string[] pairs)
    {
        var folders = new Dictionary<string, string>();
        foreach (var pair in pairs)
        {
            folders[pair.Split('=', 2)[0]] = pair.Split('=', 2) is [{ Length: > 0 }, { Length: > 0 } folder]
                ? folder
                : throw new InputException($"--data {pair}: give a name of the plan and its folder, e.g. mnist=/data/mnist.");
        }

        return folders;
    }
}
