using KernelGen.Model;
using KernelGen.Search.Networks;

namespace KernelGen.Search.Tests.Study;

/// <summary>Small networks as files of a study.</summary>
internal static class SampleModels
{
    public static NetworkDescription Dense(long seed = 1) =>
        NetworkCatalog.Create("lenet-5", new Shape(1, 28, 28), ["a", "b", "c"], seed);
}
