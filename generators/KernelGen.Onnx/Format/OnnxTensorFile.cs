using KernelGen.Onnx.Format;

namespace KernelGen.Onnx;

/// <summary>Files with one tensor, as the test data sets of ONNX models hold them (<c>input_0.pb</c>, <c>output_0.pb</c>).</summary>
public static class OnnxTensorFile
{
    /// <exception cref="InvalidDataException">The file cannot be read or does not hold a tensor of floats, integers or booleans.</exception>
    public static OnnxTensor Read(string path)
    {
        try
        {
            var tensor = MessageFile.Read(path, TensorProto.Parser, "ONNX tensor");
            var data = TensorReader.Read(tensor, null);
            return new OnnxTensor(tensor.Name, data.Shape, data.Floats, data.Integers);
        }
        catch (OnnxFileException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
