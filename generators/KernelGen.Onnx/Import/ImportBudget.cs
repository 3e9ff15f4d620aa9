namespace KernelGen.Onnx.Import;

/// <summary>
/// What an import may cost, so that a small file cannot ask for gigabytes or hours: a base that is enough for every small network,
/// and a share that grows with what the file itself holds.
/// </summary>
internal sealed class ImportBudget
{
    private long elements = 1L << 22;
    private long work = 1L << 24;

    /// <summary>The file holds so many elements of a tensor: what is made of them may be a few times as many.</summary>
    public void Earn(long held)
    {
        elements += 4 * held;
        work += 16 * held;
    }

    /// <summary>Takes the elements that an operator is about to create, and the work of computing them, out of the budget.</summary>
    /// <param name="created">Elements of constants, weights or indices.</param>
    /// <param name="operations">Multiply-adds, or elements visited.</param>
    /// <exception cref="OnnxNodeException">The budget is used up.</exception>
    public void Spend(long created, long operations = 0)
    {
        if (created > elements)
        {
            throw new OnnxNodeException(FormattableString.Invariant(
                $"It makes {created} constants at import, but only {elements} more can be made from this file. Simplify the model first."));
        }

        if (operations > work)
        {
            throw new OnnxNodeException(FormattableString.Invariant(
                $"It takes {operations} operations on constants at import, but only {work} more can be spent on this file. Simplify the model first."));
        }

        elements -= created;
        work -= operations;
    }
}
