using KernelGen.Model;
using KernelGen.Onnx;
using Microsoft.ML.OnnxRuntime;

namespace KernelGen.Tests.Shared;

/// <summary>An ONNX model as bytes, and how it is called.</summary>
/// <param name="Inputs">With the batch, every length fixed.</param>
internal sealed record OnnxModel(byte[] Bytes, IReadOnlyList<(string Name, long[] Shape)> Inputs, IReadOnlyList<string> Outputs)
{
    /// <summary>The model that our exporter writes.</summary>
    public static OnnxModel Of(NetworkDescription description)
    {
        using var model = new MemoryStream();
        OnnxExporter.Export(description, model);
        long[] WithBatch(Shape shape) => [1, .. shape.Dimensions.Select(d => (long)d)];
        return new OnnxModel(model.ToArray(), [.. description.Inputs.Select(i => (i.Name, WithBatch(i.Shape)))], [.. description.Outputs]);
    }
}

/// <summary>
/// A network in ONNX Runtime at its best: all graph optimizations, weights as initializers, inputs and outputs bound once, so that a
/// run neither converts nor copies.
/// </summary>
internal sealed class OnnxRuntimeNetwork : IDisposable
{
    /// <summary>As many threads as ONNX Runtime takes by itself. They wait busily for a while after each run.</summary>
    public const int DefaultThreads = 0;

    private readonly List<IDisposable> owned = [];
    private readonly InferenceSession session;
    private readonly RunOptions runOptions = new();
    private readonly OrtIoBinding binding;

    /// <summary>A description as our exporter writes it, on one thread.</summary>
    /// <param name="inputs">One array per network input; they stay bound.</param>
    public OnnxRuntimeNetwork(NetworkDescription description, IReadOnlyList<float[]> inputs)
        : this(OnnxModel.Of(description), inputs)
    {
    }

    /// <param name="inputs">One array per input of the model; they stay bound.</param>
    public OnnxRuntimeNetwork(OnnxModel model, IReadOnlyList<float[]> inputs, int threads = 1)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        session = new InferenceSession(model.Bytes, options);
        binding = session.CreateIoBinding();
        var tensors = model.Inputs.Zip(inputs).ToDictionary(i => i.First.Name, i => Tensor(i.Second, i.First.Shape));
        foreach (var (name, tensor) in tensors)
        {
            binding.BindInput(name, tensor);
        }

        // A file need not say the shapes of its outputs, a run does.
        using (var first = session.Run(runOptions, tensors, model.Outputs))
        {
            Outputs = first.Select(o => o.GetTensorDataAsSpan<float>().ToArray()).ToArray();
            var shapes = first.Select(o => o.GetTensorTypeAndShape().Shape).ToList();
            for (var i = 0; i < shapes.Count; i++)
            {
                // An input that is also an output is handed through, whatever is bound.
                var given = Enumerable.Range(0, inputs.Count).FirstOrDefault(k => model.Inputs[k].Name == model.Outputs[i], -1);
                Outputs[i] = given < 0 ? Outputs[i] : inputs[given];
                binding.BindOutput(model.Outputs[i], Tensor(Outputs[i], shapes[i]));
            }
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

    private OrtValue Tensor(float[] values, long[] shape)
    {
        var tensor = OrtValue.CreateTensorValueFromMemory(values, shape);
        owned.Add(tensor);
        return tensor;
    }
}
