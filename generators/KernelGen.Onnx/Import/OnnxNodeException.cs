namespace KernelGen.Onnx.Import;

/// <summary>A node cannot be imported; the message says why and what to do. The importer adds the node's name and goes on with the others.</summary>
internal sealed class OnnxNodeException(string message) : Exception(message);
