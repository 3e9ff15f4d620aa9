using Google.Protobuf;
using KernelGen.Model;
using KernelGen.Onnx.Export;

namespace KernelGen.Onnx;

/// <summary>
/// Writes network descriptions as ONNX models that compute the same for a batch of one: every tensor has a leading axis of 1 there.
/// Removed maps are gone, other removed weights are zeros. Names of inputs, layers and outputs are kept; preprocessing, labels and
/// provenance have no place in ONNX and are left out.
/// </summary>
public static class OnnxExporter
{
    /// <summary>Writes a model of operator set 20 (ONNX 1.15). Nothing is written before the whole model stands in memory.</summary>
    /// <exception cref="InvalidNetworkException">The network breaks a rule of the model.</exception>
    /// <exception cref="NotSupportedException">The model would be larger than the 2 GB that a file of this format can have.</exception>
    public static void Export(NetworkDescription description, Stream output)
    {
        var network = NetworkGraph.Create(description);
        RefuseTooLarge(network);
        var model = new ModelBuilder(network);
        foreach (var node in network.Nodes)
        {
            LayerExporter.Write(new LayerScope(node, network, model));
        }

        model.ToModel().WriteTo(output);
    }

    private static void RefuseTooLarge(NetworkGraph network)
    {
        // Room for names and structure: a few hundred bytes per layer are usual.
        const long Largest = int.MaxValue - (64L << 20);
        var bytes = network.Nodes.Sum(n => ConstantBytes(n, network));
        if (bytes > Largest)
        {
            throw new NotSupportedException(FormattableString.Invariant(
                $"The network '{network.Name}' has {bytes >> 20} MB of constants as dense tensors; an ONNX file can hold {Largest >> 20} MB."));
        }
    }

    private static long ConstantBytes(Node node, NetworkGraph network) => node.Operator switch
    {
        Conv conv => sizeof(float) * (long)conv.OutputMaps * (1 + (network.ShapeOf(node.Inputs[0]).Maps / conv.Groups * (long)conv.Window.Area)),
        Dense dense => sizeof(float) * ((long)dense.Units + dense.Weights.Length),
        BatchNorm norm => 4L * sizeof(float) * norm.Scale.Length,
        Constant constant => sizeof(float) * (long)constant.Values.Length,
        Gather gather => sizeof(long) * (long)gather.Indices.Count,
        Resample resample => (sizeof(long) + sizeof(float)) * (long)resample.Indices.Count,
        _ => 0,
    };
}
