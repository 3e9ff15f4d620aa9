using KernelGen.Model;
using KernelGen.Tests.Shared;

namespace KernelGen.Benchmarks.Networks;

/// <summary>A row of the table.</summary>
/// <param name="Original">The ONNX file that the network came from, as ONNX Runtime runs it best; null if there is none.</param>
/// <param name="Pruned">How it was pruned, and the network that it was before; null for others.</param>
internal sealed record BenchmarkNetwork(string Name, NetworkDescription Description, OnnxModel? Original = null, PrunedFrom? Pruned = null);

/// <param name="Granularity">One of the paper's, e.g. <c>strided</c>.</param>
internal sealed record PrunedFrom(string Granularity, NetworkDescription Dense);
