using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>Every case of the catalogue, every schedule, every emitted text: compared with the reference interpreter.</summary>
public class EngineTests
{
    public static TheoryData<ScheduleChoice, string> SchedulesAndTargets()
    {
        var data = new TheoryData<ScheduleChoice, string>();
        foreach (var schedule in Enum.GetValues<ScheduleChoice>())
        {
            foreach (var target in TargetNames.All)
            {
                data.Add(schedule, target);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SchedulesAndTargets))]
    public void Generated_code_agrees_with_the_reference(ScheduleChoice schedule, string target)
    {
        var options = new CompilerOptions { Schedule = schedule, Targets = [target] };

        var failures = CaseRunner.Run(NetworkCases.All, options, target);

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    [Fact]
    public void The_catalogue_has_every_operator_and_no_name_twice()
    {
        var used = NetworkCases.All.SelectMany(c => c.Description.Layers).Select(l => l.Operator.GetType()).ToHashSet();
        var operators = typeof(Model.Operator).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Model.Operator)));

        Assert.Empty(operators.Except(used));
        Assert.Equal(NetworkCases.All.Count, NetworkCases.All.Select(c => c.Name).Distinct().Count());
    }
}
