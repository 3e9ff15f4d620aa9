using System.Reflection;
using KernelGen.Search.Training;
using TorchSharp;

namespace KernelGen.Search.Tests.Training;

public sealed class TorchScalarsTests
{
    private const int FirstMemberReference = 0x0A000001;

    /// <summary>A number that TorchSharp converts itself may be freed under the operator that reads it.</summary>
    [Fact]
    public void No_number_is_converted_by_TorchSharp_itself()
    {
        var called = MembersCalledBy(typeof(TorchRuntime).Assembly).ToList();

        Assert.Contains(called, m => m.DeclaringType == typeof(torch.Tensor));
        Assert.DoesNotContain(called, m => m.DeclaringType == typeof(Scalar) && m.Name == "op_Implicit");
        Assert.DoesNotContain(called, m => m.DeclaringType == typeof(torch.Tensor) && m.Name.StartsWith("op_", StringComparison.Ordinal) && m.GetParameters().Any(p => p.ParameterType.IsPrimitive));
        Assert.DoesNotContain(called, m => m.DeclaringType == typeof(torch.nn.functional) && m.Name is "leaky_relu" or "elu" or "threshold" or "softplus");
    }

    private static IEnumerable<MethodBase> MembersCalledBy(Assembly assembly)
    {
        for (var token = FirstMemberReference; ; token++)
        {
            MemberInfo? member;
            try
            {
                member = assembly.ManifestModule.ResolveMember(token);
            }
            catch (ArgumentOutOfRangeException)
            {
                yield break;
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException)
            {
                continue; // A member of a generic type that needs to know its arguments: none of TorchSharp's.
            }

            if (member is MethodBase method)
            {
                yield return method;
            }
        }
    }
}
