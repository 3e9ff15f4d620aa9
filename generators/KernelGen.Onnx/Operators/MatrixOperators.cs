using KernelGen.Model;
using KernelGen.Onnx.Import;

namespace KernelGen.Onnx.Operators;

/// <summary>Products of matrices. A single row times constants is a fully connected layer, which can be pruned as one.</summary>
internal static class MatrixOperators
{
    internal static IEnumerable<(string Name, Translation Translate)> All =>
    [
        ("Gemm", Gemm),
        ("MatMul", MatMul),
    ];

    /// <summary>alpha · A · B + beta · C.</summary>
    private static Value[] Gemm(NodeContext node)
    {
        // Of the first operator sets; C is broadcast in all of them.
        node.Attribute("broadcast");
        var (a, b) = (node.FloatsNotEmpty(0), node.FloatsNotEmpty(1));
        if (a.Rank != 2 || b.Rank != 2)
        {
            throw new OnnxNodeException($"The factors have {a.Rank} and {b.Rank} axes; they must be matrices.");
        }

        var (transposeA, transposeB) = (node.Integer("transA", 0) != 0, node.Integer("transB", 0) != 0);
        var (rows, depth) = transposeA ? (a.Shape[1], a.Shape[0]) : (a.Shape[0], a.Shape[1]);
        var (columns, depthOfB) = transposeB ? (b.Shape[0], b.Shape[1]) : (b.Shape[1], b.Shape[0]);
        CheckDepths(depth, depthOfB);

        var graph = node.Graph;
        var (alpha, beta) = (node.Float("alpha", 1), node.Float("beta", 1));
        var c = node.Has(2) ? graph.Multiply(node.FloatsNotEmpty(2).Floats, beta) : null;
        if (rows == 1 && b.IsConstant)
        {
            // The same elements in the same order, transposed or not; C is a scalar, [columns] or [1, columns].
            var bias = c is { IsConstant: true } ? graph.Apply(new Expand(new Shape(columns)), graph.Reshape(c, new Shape(c.Shape.Length))) : null;
            var constants = node.ConstantFloats(1, "the weights");
            var weights = (transposeB ? constants : Transposed(constants, depth, columns)).Select(w => alpha * w).ToArray();
            var units = graph.Apply(new Dense(columns, new FloatData(weights), bias?.Constant), a.Floats);
            return [node.Result(c is null || bias is not null ? units : graph.Add(units, c), 1, columns)];
        }

        var right = transposeB ? graph.Apply(new Transpose([1, 0]), node.Full(b)) : node.Full(b);
        var left = transposeA ? graph.Apply(new Transpose([1, 0]), node.Full(a)) : node.Full(a);
        var product = right.IsConstant
            ? graph.Apply(new MatMul(), left, graph.Multiply(right, alpha))
            : graph.Multiply(graph.Apply(new MatMul(), left, right), alpha);
        return [node.Result(c is null ? product : graph.Add(product, c), rows, columns)];
    }

    /// <summary>As in NumPy: a vector is a row on the left and a column on the right, and its axis is missing from the result.</summary>
    private static Value[] MatMul(NodeContext node)
    {
        var (a, b) = (node.FloatsNotEmpty(0), node.FloatsNotEmpty(1));
        if (a.Rank == 0 || b.Rank == 0)
        {
            throw new OnnxNodeException("A factor is a scalar; the factors must be vectors or matrices.");
        }

        int[] left = a.Rank == 1 ? [1, .. a.Shape] : a.Shape;
        int[] right = b.Rank == 1 ? [.. b.Shape, 1] : b.Shape;
        var (depth, columns) = (right[right.Length - 2], right[right.Length - 1]);
        CheckDepths(left[left.Length - 1], depth);

        var graph = node.Graph;
        var product = b.IsConstant && a.Length == depth && b.Length == depth * columns
            ? graph.Apply(new Dense(columns, new FloatData(Transposed(node.ConstantFloats(1, "the weights"), depth, columns))), a.Floats)
            : graph.Apply(new MatMul(), WithoutOnes(graph, a, left), WithoutOnes(graph, b, right));
        return [node.Result(product, ResultShape(a, b, left, right))];
    }

    private static int[] ResultShape(Value a, Value b, int[] left, int[] right)
    {
        var shape = Broadcasting.Shape(left.Take(left.Length - 2).ToArray(), right.Take(right.Length - 2).ToArray()).ToList();
        if (a.Rank > 1)
        {
            shape.Add(left[left.Length - 2]);
        }

        if (b.Rank > 1)
        {
            shape.Add(right[right.Length - 1]);
        }

        return shape.ToArray();
    }

    /// <summary>The factor without leading axes of 1 before its matrix.</summary>
    private static Tensor WithoutOnes(GraphBuilder graph, Value value, int[] shape)
    {
        var ones = shape.Take(shape.Length - 2).TakeWhile(d => d == 1).Count();
        return graph.Reshape(value.Floats, new Shape(shape.Skip(ones).ToArray()));
    }

    /// <returns>[columns, rows].</returns>
    private static float[] Transposed(float[] matrix, int rows, int columns)
    {
        var result = new float[matrix.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = matrix[(row * columns) + column];
            }
        }

        return result;
    }

    private static void CheckDepths(int left, int right)
    {
        if (left != right)
        {
            throw new OnnxNodeException($"The left matrix has {left} columns and the right one {right} rows; they must be as many.");
        }
    }
}
