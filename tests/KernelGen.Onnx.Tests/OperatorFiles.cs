using KernelGen.Tests.Shared;

namespace KernelGen.Onnx.Tests;

/// <summary>Models of one node, with random constants that are always the same.</summary>
internal static class OperatorFiles
{
    /// <summary>The operator's first input is the network's, <c>x</c>; its others are random constants of these shapes.</summary>
    public static OnnxFile Of(string op, int opset, int[] x, int[][] constants, params (string Name, object Value)[] attributes)
    {
        var file = new OnnxFile(opset).Input("x", x);
        var names = constants.Select((_, i) => $"c{i + 1}").ToArray();
        for (var i = 0; i < constants.Length; i++)
        {
            file.Initializer(names[i], constants[i], Random(i, constants[i]));
        }

        return file.Node(op, ["x", .. names], ["y"], attributes).Output("y");
    }

    /// <summary>Uniform between −1 and 1.</summary>
    public static float[] Random(int seed, params int[] shape)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, shape.Aggregate(1, (product, d) => product * d)).Select(_ => (2 * random.NextSingle()) - 1).ToArray();
    }

    /// <summary>The one message that the import of a file with one node gives.</summary>
    public static string Refusal(this OnnxFile file)
    {
        var error = Assert.Single(file.Import().Errors);
        Assert.Equal(ImportErrorId.Unsupported, error.Id);
        Assert.Equal(file.Model.Graph.Node[0].Name, error.Node);
        return error.Message;
    }
}
