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

    public static TheoryData<string, ScheduleChoice> LargeNetworks() => new()
    {
        { "LeNet 20-50-500", ScheduleChoice.Unrolled },
        { "ResNet-8", ScheduleChoice.Unrolled },
        { "CNN_small of 32 maps", ScheduleChoice.Auto },
        { "CNN_small of 32 maps", ScheduleChoice.Loop },
    };

    [Theory]
    [MemberData(nameof(LargeNetworks))]
    public void Every_method_of_a_large_network_is_optimized(string name, ScheduleChoice schedule)
    {
        var networkCase = new[] { KnownNetworks.LeNet205(), KnownNetworks.ResNet8(), KnownNetworks.CnnSmall(32) }.Single(c => c.Name == name);
        var className = schedule + string.Concat(name.Where(char.IsAsciiLetterOrDigit));
        _ = JitListener.Shared;
        using var network = CompiledNetwork.Load(
            networkCase.Description,
            new CompilerOptions { Namespace = Namespace, ClassName = className, Schedule = schedule, Targets = [HostTarget.Name] });

        network.Run(NetworkVerifier.RandomSamples(networkCase.Description, 1, 1)[0]);

        var methods = JitListener.Shared.MethodsOf($"{Namespace}.{className}");
        Assert.Contains(methods, m => m.Tier == JitTier.Optimized);
        Assert.DoesNotContain(methods, m => m.Tier == JitTier.MinOpts);
    }

    [Theory]
    [InlineData(1_000, false)]
    [InlineData(30_000, true)]
    public void A_method_that_is_too_large_is_seen_at_min_opts(int terms, bool dropped)
    {
        _ = JitListener.Shared;
        var typeName = FormattableString.Invariant($"KernelGen.Synthetic.Of{terms}");
        var run = MethodOfManyTerms(typeName, terms);

        Assert.Equal((float)terms, run(1));

        var method = Assert.Single(JitListener.Shared.MethodsOf(typeName));
        Assert.Equal(dropped ? JitTier.MinOpts : JitTier.Optimized, method.Tier);
    }

    /// <summary>x + x + … + x in one method, as unrolled kernels are: optimized at once, if the JIT agrees to it at all.</summary>
    private static Func<float, float> MethodOfManyTerms(string typeName, int terms)
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
        return type.CreateType().GetMethod("Run")!.CreateDelegate<Func<float, float>>();
    }
}
