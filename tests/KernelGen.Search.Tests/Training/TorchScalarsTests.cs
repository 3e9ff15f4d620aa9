using System.Reflection;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Tests.Training;

public sealed class TorchScalarsTests
{
    private static readonly Assembly Library = typeof(torch).Assembly;

    /// <summary>A number that TorchSharp converts itself may be freed under the operator that reads it.</summary>
    [Fact]
    public void No_number_is_converted_by_TorchSharp_itself()
    {
        var callers = Callers();
        var converting = new HashSet<MethodBase>(CalledMethods.Of(Library).Where(m => m.DeclaringType == typeof(Scalar) && m.Name == "op_Implicit"));
        var open = new Queue<MethodBase>(converting);
        while (open.TryDequeue(out var method))
        {
            foreach (var caller in callers[method].Where(converting.Add))
            {
                open.Enqueue(caller);
            }
        }

        var calls = CalledMethods.Of(typeof(TorchRuntime).Assembly).SelectMany(m => CalledMethods.By(m).Select(called => (By: m, Called: called))).ToList();

        Assert.Contains(typeof(torch.Tensor).GetMethod("op_Addition", [typeof(torch.Tensor), typeof(torch.Tensor)])!, converting);
        Assert.Contains(calls, c => c.Called.DeclaringType == typeof(torch.Tensor));
        Assert.DoesNotContain(calls, c => converting.Contains(c.Called));
    }

    /// <summary>For each method of TorchSharp those of its own that call it.</summary>
    private static ILookup<MethodBase, MethodBase> Callers() =>
        CalledMethods.Of(Library)
            .SelectMany(m => CalledMethods.By(m).Where(called => called.Module.Assembly == Library).Select(called => (By: m, Called: called)))
            .ToLookup(c => c.Called, c => c.By);
}
