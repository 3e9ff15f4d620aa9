using Spectre.Console;

namespace KernelGen.Cli;

/// <summary>
/// How far a long command is: bars for a person watching, otherwise a line on standard error at every tenth of a stage and for each of
/// its results, so that standard output holds the outcome alone.
/// </summary>
internal sealed class LiveProgress
{
    private const int Tenths = 10;

    private readonly ProgressContext? bars;
    private readonly Dictionary<string, ProgressTask> tasks = [];
    private (string Stage, int Tenth, string? Result) last = ("", -1, null);

    private LiveProgress(ProgressContext? bars) => this.bars = bars;

    /// <summary>Does the work and shows what it reports.</summary>
    public static T Run<T>(Func<LiveProgress, T> work)
    {
        if (!Output.IsInteractive)
        {
            return work(new LiveProgress(null));
        }

        return Output.Terminal.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn(),
                new RemainingTimeColumn())
            .Start(context => work(new LiveProgress(context)));
    }

    /// <summary>A stage is this far. Stages follow each other; one that is reported for the first time ends the one before.</summary>
    /// <param name="stage">What is being done.</param>
    /// <param name="fraction">0 to 1.</param>
    /// <param name="detail">The figures of the moment.</param>
    public void Report(string stage, double fraction, string detail)
    {
        if (bars is null)
        {
            Line(stage, fraction, detail);
            return;
        }

        if (!tasks.TryGetValue(stage, out var task))
        {
            foreach (var earlier in tasks.Values)
            {
                earlier.Value = earlier.MaxValue;
                earlier.StopTask();
            }

            task = tasks[stage] = bars.AddTask(Markup.Escape(stage), maxValue: 1);
        }

        task.Value = fraction;
        task.Description = Markup.Escape(detail.Length == 0 ? stage : $"{stage}: {detail}");
    }

    private void Line(string stage, double fraction, string detail)
    {
        var now = (stage, (int)(fraction * Tenths), fraction >= 1 ? detail : null);
        if (now != last)
        {
            last = now;
            Console.Error.WriteLine(FormattableString.Invariant($"{stage}, {100 * fraction:0}%{(detail.Length == 0 ? "" : ": ")}{detail}"));
        }
    }
}

/// <summary>Progress on the thread that reports it; <see cref="Progress{T}"/> would lose the order.</summary>
internal sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
