using Google.Protobuf;
using KernelGen.Model;
using KernelGen.Onnx.Import;
using KernelGen.Tests.Shared;
using Microsoft.ML.OnnxRuntime;

namespace KernelGen.Onnx.Tests;

/// <summary>What ONNX Runtime computes for a model that a test has put together.</summary>
internal static class OnnxRuntimeReference
{
    /// <summary>
    /// Imports the model, runs the interpreter on random inputs, and asserts that the outputs have ONNX Runtime's shapes (without the
    /// batch axis) and values.
    /// </summary>
    /// <param name="from">The inputs are uniform between this and <paramref name="to"/>.</param>
    /// <param name="tolerance">For the difference of each element, in units of the output's largest magnitude.</param>
    /// <returns>The imported network.</returns>
    public static NetworkDescription AssertSame(
        OnnxFile file, ImportOptions? options = null, float from = -2, float to = 2, double tolerance = 2e-6)
    {
        var inputs = Inputs(file, options, from, to);
        var result = file.Import(options);
        Assert.Empty(result.Errors);
        var graph = NetworkGraph.Create(result.Description!);
        var actual = Interpreter.Run(graph, graph.Inputs.Select(i => inputs.Single(given => given.Name == i.Name).Values).ToArray());
        var expected = Run(file, inputs);

        Assert.Equal(expected.Count, actual.Length);
        foreach (var (reference, name, values) in expected.Zip(graph.Outputs, actual))
        {
            Assert.Equal(Value.Reduced(reference.Shape), graph.ShapeOf(name));
            var allowed = tolerance * Math.Max(1e-30, reference.Values.Where(float.IsFinite).Select(Math.Abs).DefaultIfEmpty().Max());
            for (var i = 0; i < values.Length; i++)
            {
                var (a, b) = (values[i], reference.Values[i]);
                Assert.True(a.Equals(b) || Math.Abs((double)a - b) <= allowed, $"Element {i} of '{name}' is {a}, but ONNX Runtime gives {b}.");
            }
        }

        return result.Description!;
    }

    /// <summary>The outputs that ONNX Runtime computes, without optimizations.</summary>
    public static IReadOnlyList<(int[] Shape, float[] Values)> Run(OnnxFile file, IReadOnlyList<(string Name, int[] Shape, float[] Values)> inputs)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        using var session = new InferenceSession(file.Model.ToByteArray(), options);
        using var runOptions = new RunOptions();
        var tensors = inputs.ToDictionary(
            i => i.Name, i => OrtValue.CreateTensorValueFromMemory(i.Values, i.Shape.Select(d => (long)d).ToArray()));
        try
        {
            using var outputs = session.Run(runOptions, tensors, file.Model.Graph.Output.Select(o => o.Name).ToArray());
            return outputs.Select(o => (
                o.GetTensorTypeAndShape().Shape.Select(d => (int)d).ToArray(),
                o.GetTensorDataAsSpan<float>().ToArray())).ToList();
        }
        finally
        {
            foreach (var tensor in tensors.Values)
            {
                tensor.Dispose();
            }
        }
    }

    /// <summary>Random values for the inputs that are not constants, always the same.</summary>
    private static List<(string Name, int[] Shape, float[] Values)> Inputs(OnnxFile file, ImportOptions? options, float from, float to)
    {
        var random = new Random(1);
        var constants = file.Model.Graph.Initializer.Select(t => t.Name).ToHashSet();
        var inputs = new List<(string Name, int[] Shape, float[] Values)>();
        foreach (var input in file.Model.Graph.Input.Where(i => !constants.Contains(i.Name)))
        {
            var shape = options?.Shapes.TryGetValue(input.Name, out var given) == true
                ? given
                : input.Type.TensorType.Shape.Dim.Select(d => (int)d.DimValue).ToArray();
            var values = new float[shape.Aggregate(1, (product, d) => product * d)];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = from + ((to - from) * random.NextSingle());
            }

            inputs.Add((input.Name, shape, values));
        }

        return inputs;
    }
}
