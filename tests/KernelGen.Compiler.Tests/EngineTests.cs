using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>Every case of the catalogue, every schedule, every emitted text: compared with the reference interpreter.</summary>
public class EngineTests
{
    /// <summary>Weights of a network that the C# compiler takes in a few seconds when every one of them is a literal.</summary>
    private const int MostWrittenOut = 60_000;

    /// <summary>
    /// By demand at one width or two: the automatic choice, which every width is tested with, takes loops for most layers and writes out small ones.
    /// </summary>
    public static TheoryData<ScheduleChoice, string> WrittenOutAndLooped() => new()
    {
        { ScheduleChoice.Unrolled, TargetNames.Vector256 },
        { ScheduleChoice.Unrolled, TargetNames.Vector128 },
        { ScheduleChoice.Loop, TargetNames.Vector256 },
    };

    /// <summary>Vectors that this machine lacks run in software; the others in child processes: see <see cref="WidthTests"/>.</summary>
    [Fact]
    public void Generated_code_for_wider_machines_agrees_with_the_reference() =>
        Assert.All(TargetNames.All.TakeWhile(t => t != HostTarget.Name), target => AssertAllAgree(NetworkCases.All, ScheduleChoice.Auto, target));

    /// <summary>The schedules differ in convolutions and fully connected layers alone.</summary>
    [Theory]
    [MemberData(nameof(WrittenOutAndLooped))]
    public void Each_schedule_agrees_with_the_reference(ScheduleChoice schedule, string target) =>
        AssertAllAgree(NetworkCases.All.Where(c => HasWeights(c) && !IsLarge(c)), schedule, target);

    [Theory]
    [InlineData(ScheduleChoice.Unrolled)]
    [InlineData(ScheduleChoice.Loop)]
    public void Known_networks_agree_with_the_reference_under_each_schedule(ScheduleChoice schedule) =>
        AssertAllAgree(NetworkCases.All.Where(c => IsLarge(c) && Weights(c) < MostWrittenOut), schedule, HostTarget.Name);

    [Fact]
    public void The_catalogue_has_every_operator_and_no_name_twice()
    {
        var used = NetworkCases.All.SelectMany(c => c.Description.Layers).Select(l => l.Operator).ToList();
        var operators = typeof(Model.Operator).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Model.Operator)));

        Assert.Empty(operators.Except(used.Select(op => op.GetType())));
        Assert.Empty(Enum.GetValues<Model.ActivationKind>().Except(used.OfType<Model.Activation>().Select(a => a.Kind)));
        Assert.Empty(Enum.GetValues<Model.BinaryKind>().Except(used.OfType<Model.Binary>().Select(b => b.Kind)));
        Assert.Empty(Enum.GetValues<Model.ReduceKind>().Except(used.OfType<Model.Reduce>().Select(r => r.Kind)));
        Assert.Equal(NetworkCases.All.Count, NetworkCases.All.Select(c => c.Name).Distinct().Count());
    }

    /// <summary>A comparison with NaN or infinity would say nothing about the numbers beside it.</summary>
    [Fact]
    public void Every_reference_is_made_of_finite_numbers() =>
        Assert.All(NetworkCases.All, c => Assert.All(CaseRunner.ReferenceOf(c).Outputs, output => Assert.All(output, v => Assert.True(float.IsFinite(v), c.Name))));

    private static void AssertAllAgree(IEnumerable<NetworkCase> cases, ScheduleChoice schedule, string target)
    {
        var failures = CaseRunner.Run(cases, new CompilerOptions { Schedule = schedule, Targets = [target] }, target);

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }

    private static bool HasWeights(NetworkCase networkCase) =>
        networkCase.Description.Layers.Any(l => l.Operator is Model.Conv or Model.Dense);

    private static bool IsLarge(NetworkCase networkCase) => Weights(networkCase) > 20_000;

    private static int Weights(NetworkCase networkCase) => networkCase.Description.Layers.Sum(l => l.Operator switch
    {
        Model.Conv conv => conv.Weights.Values.Length,
        Model.Dense dense => dense.Weights.Length,
        _ => 0,
    });
}
