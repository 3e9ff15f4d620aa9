namespace KernelGen.Search.Data;

/// <summary>Images cannot be used as they are. The message says what is wrong, in which file, and what to do about it.</summary>
public sealed class DataException : Exception
{
    public DataException(string message)
        : base(message)
    {
    }

    public DataException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
