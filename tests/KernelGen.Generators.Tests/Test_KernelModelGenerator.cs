using KernelGen.Compiler;
using KernelGen.Model;
using KernelGen.Tests;

namespace KernelGen.Generators.Tests;

public sealed class Test_KernelModelGenerator
{
    public static TheoryData<string, string> NetworksAndSchedules()
    {
        var data = new TheoryData<string, string>();
        foreach (var network in SmallNetworks.All.Keys)
        {
            foreach (var schedule in Enum.GetNames<ScheduleChoice>())
            {
                data.Add(network, schedule);
            }
        }

        return data;
    }

    public static TheoryData<string, string> NetworksAndTargets()
    {
        var data = new TheoryData<string, string>();
        foreach (var network in SmallNetworks.All.Keys)
        {
            foreach (var target in TargetNames.All)
            {
                data.Add(network, target);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(NetworksAndSchedules))]
    public void AgreesWithTheReferenceUnderEverySchedule(string network, string schedule) =>
        AssertAgrees(network, ("Schedule", schedule));

    [Theory]
    [MemberData(nameof(NetworksAndTargets))]
    public void AgreesWithTheReferenceOnEveryTarget(string network, string target) =>
        AssertAgrees(network, ("Targets", target + ",scalar"));

    [Theory]
    [InlineData("Auto")]
    [InlineData("Unrolled")]
    [InlineData("Loop")]
    public void TextDoesNotDependOnTheCulture(string schedule)
    {
        foreach (var network in SmallNetworks.All.Values)
        {
            var options = new CompilerOptions { Schedule = Enum.Parse<ScheduleChoice>(schedule) };
            var expected = NetworkCompiler.Compile(network, options).Text;
            using var culture = new HostileCulture();
            Assert.Equal(expected, NetworkCompiler.Compile(network, options).Text);
        }
    }

    /// <summary>All strings of an assembly share 16 MB. These weights alone are 15.2 MB, and each network by itself would take most of it.</summary>
    [Fact]
    public void LargeNetworksAndTheProjectsOwnStringsFitOneAssembly()
    {
        const int inputs = 1_900;
        var weights = new FloatData([.. Enumerable.Range(0, 1_000 * inputs).Select(i => (i % 1_021) - 510f)]);
        var network = DescriptionWriter.Write(new NetworkDescription(
            "large", [new NetworkInput("x", new Shape(inputs))], [new Layer("fc", new Dense(1_000, weights), ["x"])], ["fc"]));
        var project = TestProject.With(TestFile.Model("a.kgn", network), TestFile.Model("b.kgn", network))
            .WithProperty("KernelGenTargets", "scalar")
            .WithSource($"internal static class Own {{ internal static string Text => \"{new string('x', 1 << 20)}\"; }}");

        var consumer = project.Generate().Load();

        Assert.All(new[] { "App.A", "App.B" }, name => Assert.NotNull(consumer.GetType(name)));
    }

    [Fact]
    public void MetadataNamesTheClass()
    {
        var file = Model("a.kgn", ("Class", "Shirts"), ("Namespace", "My.Nets"), ("Access", "internal"));

        var type = TestProject.With(file).Generate().Load().GetType("My.Nets.Shirts", throwOnError: true)!;

        Assert.True(type is { IsNotPublic: true, IsSealed: true });
    }

    [Theory]
    [InlineData("fashion.kgn", "App.Fashion")]
    [InlineData("nets/lenet-20-50-500.kgn", "App.Lenet20_50_500")]
    [InlineData("8x8.kgn", "App._8x8")]
    [InlineData("class.kgn", "App.Class")]
    [InlineData("!.kgn", "App.Network")]
    public void DefaultNameIsMadeFromTheFile(string path, string expected)
    {
        var type = TestProject.With(Model(path)).Generate().Load().GetType(expected, throwOnError: true)!;

        Assert.True(type.IsPublic);
    }

    [Fact]
    public void FilesOfOneNameGetSourcesOfTheirOwn()
    {
        var generation = TestProject
            .With(Model("a/net.kgn", ("Class", "Net")), Model("b/net.kgn", ("Class", "NET")), Model("/elsewhere/net.kgn", ("Class", "C")))
            .Generate();

        generation.AssertClean();
        Assert.Equal(3, generation.Networks.Count);
        Assert.Equal(3, generation.Networks.Keys.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Theory]
    [InlineData("fashion.kgn", TestProject.Directory + "/Deep/Source.cs")]
    [InlineData("../fashion.kgn", TestProject.Directory + "/Deep/Source.cs")]
    [InlineData(".\\fashion.kgn", TestProject.Directory + "/Source.cs")]
    [InlineData(TestProject.Directory + "/fashion.kgn", "Source.cs")]
    public void AttributeCompletesAClass(string modelPath, string sourcePath)
    {
        var source = $$"""
            namespace Shop
            {
                /// <summary>Mine.</summary>
                [KernelGen.KernelModel(@"{{modelPath}}")]
                public partial class Clothes
                {
                    /// <summary>Mine too.</summary>
                    public static int Answer => 42;
                }
            }
            """;

        var generation = TestProject
            .With(new TestFile("fashion.kgn", DescriptionWriter.Write(SmallNetworks.All["classifier"])))
            .WithSource(source, sourcePath)
            .Generate();

        var type = generation.Load().GetType("Shop.Clothes", throwOnError: true)!;
        Assert.NotNull(type.GetProperty("Answer"));
        Assert.NotNull(type.GetMethod("Run"));
        Assert.DoesNotContain(type.GetCustomAttributes(inherit: false), a => a.GetType().Name == "KernelModelAttribute");
    }

    [Fact]
    public void AnItemThatAClassNamesIsNotGeneratedTwice()
    {
        var generation = TestProject
            .With(Model("fashion.kgn"))
            .WithSource("""[KernelGen.KernelModel("fashion.kgn")] internal partial class Mine;""")
            .Generate();

        generation.AssertClean();
        Assert.Single(generation.Networks);
    }

    [Fact]
    public void AFileThatNothingNamesGeneratesNothing()
    {
        var generation = TestProject.With(new TestFile("fashion.kgn", "not even JSON")).Generate();

        generation.AssertClean();
        Assert.Empty(generation.Networks);
    }

    [Fact]
    public void PropertiesOfTheProjectAreDefaultsOfItsItems()
    {
        var project = TestProject
            .With(Model("a.kgn"), Model("b.kgn", ("Schedule", "Unrolled"), ("Targets", "256, SCALAR")))
            .WithProperty("KernelGenSchedule", "loop")
            .WithProperty("KernelGenTargets", "128;scalar")
            .WithProperty("KernelGenUnrollBudget", "100")
            .WithProperty("KernelGenReadyToRun", "True");

        var generation = project.Generate();

        generation.AssertClean();
        var network = SmallNetworks.All["classifier"];
        var a = new CompilerOptions
        {
            Namespace = "App",
            ClassName = "A",
            Schedule = ScheduleChoice.Loop,
            Targets = [TargetNames.Vector128, TargetNames.Scalar],
            UnrollBudget = 100,
            ReadyToRun = true,
        };
        var b = a with { ClassName = "B", Schedule = ScheduleChoice.Unrolled, Targets = [TargetNames.Vector256, TargetNames.Scalar] };
        Assert.Equal(
            new[] { NetworkCompiler.Compile(network, a).Text, NetworkCompiler.Compile(network, b).Text },
            generation.Networks.OrderBy(n => n.Key, StringComparer.Ordinal).Select(n => n.Value));
    }

    private static TestFile Model(string path, params (string Name, string Value)[] metadata) =>
        TestFile.Model(path, DescriptionWriter.Write(SmallNetworks.All["classifier"]), metadata);

    private static void AssertAgrees(string name, params (string Name, string Value)[] metadata)
    {
        using var culture = new HostileCulture();
        var network = SmallNetworks.All[name];
        var graph = NetworkGraph.Create(network);
        var file = TestFile.Model("net.kgn", DescriptionWriter.Write(network), metadata);
        var run = TestProject.With(file).Generate().CreateNetwork("App.Net");

        for (var seed = 10u; seed < 13; seed++)
        {
            var input = SmallNetworks.Values(network.Inputs[0].Shape.Length, seed);
            var expected = Interpreter.Run(graph, [input])[0];
            var actual = new float[expected.Length];
            run(input, actual);
            var scale = expected.Max(Math.Abs);
            Assert.True(scale > 0);
            Assert.All(expected.Zip(actual), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-5f * scale, $"{pair} in {name}"));
        }
    }
}
