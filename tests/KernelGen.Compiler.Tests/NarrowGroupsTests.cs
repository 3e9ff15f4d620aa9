using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>Convolutions whose groups are narrower than a vector: several of them share one, and one call computes them all.</summary>
public class NarrowGroupsTests
{
    private static readonly Window Same = Window.Square(3, padding: 1);

    /// <summary>Source and output maps per group: depthwise, its multipliers, the groups of aggregated networks, and what fits no vector.</summary>
    private static readonly (int Sources, int Targets)[] PerGroup =
        [(1, 1), (1, 2), (1, 4), (2, 2), (2, 8), (3, 4), (4, 4), (8, 8), (2, 1), (3, 3), (5, 16)];

    public static TheoryData<string> Targets() => new(TargetNames.All);

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_lane_reads_the_maps_of_its_own_group(string target)
    {
        var cases = PerGroup.SelectMany(size => new[] { 2, 7, 19 }.Select(groups =>
            NetworkCase.Of(FormattableString.Invariant($"{groups} groups of {size.Sources} to {size.Targets}"), b =>
            {
                var maps = groups * size.Targets;
                var narrow = b.Relu(b.Conv(b.Conv(b.Input(2, 5, 11), groups * size.Sources, Window.Square(1)), maps, Same, groups: groups));
                return [b.Conv(narrow, maps, Window.Square(3, 2, 1), groups: maps), b.Conv(narrow, 3, Same)];
            })));

        Assert.Empty(CaseRunner.Run(cases, new CompilerOptions { Schedule = ScheduleChoice.Loop, Targets = [target] }, target));
    }

    [Fact]
    public void A_depthwise_convolution_costs_what_its_vectors_cost()
    {
        var depthwise = NetworkCase.Of("depthwise of 64 maps", b => b.Conv(b.Input(64, 24, 24), 64, Same, groups: 64));
        var dense = NetworkCase.Of("one of 64 maps", b => b.Conv(b.Input(64, 24, 24), 64, Same));
        var options = new CompilerOptions { Schedule = ScheduleChoice.Loop };

        var (narrow, full) = (NetworkCompiler.Compile(depthwise.Description, options), NetworkCompiler.Compile(dense.Description, options));

        Assert.True(narrow.Plan.EstimatedCycles * 16 < full.Plan.EstimatedCycles);
        Assert.DoesNotContain("_loop_", narrow.Text, StringComparison.Ordinal);
    }
}
