using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using KernelGen.Runtime;
using KernelGen.Tests.Shared;

namespace KernelGen.Compiler.Tests;

/// <summary>
/// No generated method may be so large that the JIT drops it to MinOpts. The cases of the catalogue are watched wherever they
/// run (<see cref="CaseRunner"/>); here are the largest networks, and the proof that the watch sees what it is there for.
/// </summary>
public class JitHealthTests
{
    private const string Namespace = "KernelGen.JitHealth";

    private static readonly NetworkCase[] Networks = [.. KnownNetworks.All(), KnownNetworks.CnnSmall(32)];

    public static TheoryData<string> Names() => new(Networks.Select(n => n.Name));

    public static TheoryData<string, ScheduleChoice> LargeNetworks() => new()
    {
        { "LeNet 20-50-500", ScheduleChoice.Unrolled },
        { "CNN_small of 32 maps", ScheduleChoice.Loop },
    };

    /// <summary>Vectors that this machine lacks are software, which makes no difference to what the JIT refuses: it judges the IL.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_method_of_a_known_network_is_optimized_at_every_width(string name) =>
        AssertHealthy(name, new CompilerOptions { Targets = TargetNames.All });

    [Theory]
    [MemberData(nameof(LargeNetworks))]
    public void Every_method_of_a_large_network_is_optimized(string name, ScheduleChoice schedule) =>
        AssertHealthy(name, new CompilerOptions { Targets = [HostTarget.Name], Schedule = schedule });

    [Fact]
    public void The_size_of_a_method_is_that_of_its_IL()
    {
        MethodOfManyTerms("KernelGen.Synthetic.OfTen", 10, out var method);

        // Ten loads of the parameter, nine additions, a return; one byte each.
        Assert.Equal(new IlBody(20, 20, 1, 10), method);
    }

    [Theory]
    [InlineData(1_000, false)]
    [InlineData(30_000, true)]
    public void A_method_that_is_too_large_is_seen_at_min_opts(int terms, bool dropped)
    {
        _ = JitListener.Shared;
        var typeName = FormattableString.Invariant($"KernelGen.Synthetic.Of{terms}");
        var run = MethodOfManyTerms(typeName, terms, out var body);

        Assert.Equal((float)terms, run(1));

        var method = Assert.Single(JitListener.Shared.MethodsOf(typeName));
        Assert.Equal(dropped ? JitTier.MinOpts : JitTier.Optimized, method.Tier);
        Assert.Equal(dropped, body.PercentOfLimits > 100);
    }

    private static void AssertHealthy(string name, CompilerOptions options)
    {
        var description = Networks.Single(c => c.Name == name).Description;
        var className = string.Concat(name.Where(char.IsAsciiLetterOrDigit)) + options.Schedule;
        using var network = CompiledNetwork.Load(description, options with { Namespace = Namespace, ClassName = className });

        var methods = JitHealth.Of(network);

        Assert.Equal(options.Targets.Count, methods.Count(m => m.Name == "Run" && m.Class.StartsWith("Kernels", StringComparison.Ordinal)));
        Assert.DoesNotContain(methods, m => m.Tier != JitTier.Optimized);
        Assert.DoesNotContain(methods, m => m.Il.PercentOfLimits > 75);
        Assert.DoesNotContain(methods, m => m.IsHelper);
    }

    /// <summary>x + x + … + x in one method, as unrolled kernels are: optimized at once, if the JIT agrees to it at all.</summary>
    private static Func<float, float> MethodOfManyTerms(string typeName, int terms, out IlBody body)
    {
        var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName(typeName), AssemblyBuilderAccess.RunAndCollect);
        var type = assembly.DefineDynamicModule(typeName).DefineType(typeName, TypeAttributes.Public);
        var method = type.DefineMethod("Run", MethodAttributes.Public | MethodAttributes.Static, typeof(float), [typeof(float)]);
        method.SetImplementationFlags((MethodImplAttributes)MethodImplOptions.AggressiveOptimization);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        for (var i = 1; i < terms; i++)
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Add);
        }

        il.Emit(OpCodes.Ret);
        var created = type.CreateType().GetMethod("Run")!;
        body = IlBody.Of(created)!;
        return created.CreateDelegate<Func<float, float>>();
    }
}
