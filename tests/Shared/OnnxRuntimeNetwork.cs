using KernelGen.Model;
using KernelGen.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace KernelGen.Tests.Shared;

/// <summary>
/// A network, exported, in ONNX Runtime at its best on one thread: all graph optimizations, weights as initializers, inputs and outputs
/// bound once, so that a run neither converts nor copies.
/// </summary>
internal sealed class OnnxRuntimeNetwork : IDisposable
{
    private readonly List<IDisposable> owned = [];
    private readonly InferenceSession session;
    private readonly RunOptions runOptions = new();
    private readonly OrtIoBinding binding;

    /// <param name="inputs">One array per network input; they stay bound.</param>
    public OnnxRuntimeNetwork(NetworkDescription description, IReadOnlyList<float[]> inputs)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        using var model = new MemoryStream();
        OnnxExporter.Export(description, model);
        session = new InferenceSession(model.ToArray(), options);
        binding = session.CreateIoBinding();
        var graph = NetworkGraph.Create(description);
        foreach (var (input, values) in description.Inputs.Zip(inputs))
        {
            binding.BindInput(input.Name, Tensor(values, input.Shape));
        }

        // An input that is also an output is handed through, whatever is bound.
        var given = description.Inputs.Zip(inputs).ToDictionary(i => i.First.Name, i => i.Second);
        Outputs = description.Outputs.Select(o => given.GetValueOrDefault(o) ?? new float[graph.ShapeOf(o).Length]).ToArray();
        foreach (var (output, values) in description.Outputs.Zip(Outputs))
        {
            binding.BindOutput(output, Tensor(values, graph.ShapeOf(output)));
        }
    }

    /// <summary>The bound outputs, filled by <see cref="Run"/>.</summary>
    public float[][] Outputs { get; }

    public void Run() => session.RunWithBinding(runOptions, binding);

    public void Dispose()
    {
        binding.Dispose();
        owned.ForEach(o => o.Dispose());
        runOptions.Dispose();
        session.Dispose();
    }

    private OrtValue Tensor(float[] values, Shape shape)
    {
        var tensor = OrtValue.CreateTensorValueFromMemory(values, shape.Dimensions.Prepend(1).Select(d => (long)d).ToArray());
        owned.Add(tensor);
        return tensor;
    }
}
