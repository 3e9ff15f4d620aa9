using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>Convolutions whose output maps do not fill their last vector.</summary>
public class LeftoverMapsTests
{
    private static readonly Window Same = Window.Square(3, padding: 1);

    public static TheoryData<string, ScheduleChoice> Cases()
    {
        var cases = new TheoryData<string, ScheduleChoice>();
        foreach (var target in TargetNames.All)
        {
            cases.Add(target, ScheduleChoice.Loop);
            cases.Add(target, ScheduleChoice.Winograd);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_map_is_computed(string target, ScheduleChoice schedule)
    {
        var cases = new[] { 8, 20, 24, 56 }.Select(maps => NetworkCase.Of(FormattableString.Invariant($"{maps} maps"), b =>
        {
            var x = b.Relu(b.Conv(b.Input(5, 9, 11), maps, Same));
            var sum = b.Relu(b.Layer(new Add(), x, b.Conv(x, maps, Same)));
            var groups = b.Conv(b.Input(8, 9, 11), maps * 4, Same, groups: 4);
            return [b.Conv(sum, maps, Window.Square(3, 2, 1)), b.Conv(groups, 3, Same)];
        }));

        Assert.Empty(CaseRunner.Run(cases, new CompilerOptions { Schedule = schedule, Targets = [target] }, target));
    }

    [Theory]
    [InlineData(24, "1and256")]
    [InlineData(56, "3and256")]
    public void A_few_maps_share_the_inputs_of_whole_vectors(int maps, string vectors)
    {
        var text = NetworkCompiler.Compile(
            NetworkCase.Of("a few maps left over", b => b.Conv(b.Input(16, 16, 16), maps, Window.Square(3, 2, 1))).Description,
            new CompilerOptions { Schedule = ScheduleChoice.Loop, Targets = [TargetNames.Vector512] }).Text;

        Assert.Matches($@"conv0_loop_\d+x\d+x{vectors}\(", text);
        Assert.DoesNotContain("B256(ref q", text, StringComparison.Ordinal);
    }
}
