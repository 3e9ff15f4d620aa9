namespace KernelGen.Model;

/// <summary>
/// The largest networks that are accepted. They keep all arithmetic on shapes within 32 bits and the cost of a hostile file
/// within that of a large honest one.
/// </summary>
public static class Limits
{
    /// <summary>Layers of a network, and likewise its inputs and its outputs.</summary>
    public const int Layers = 10_000;

    /// <summary>Elements of one tensor, and weights of one layer if none were removed.</summary>
    public const int Elements = 1 << 28;

    /// <summary>Each of a window's sizes, strides, dilations and paddings.</summary>
    public const int Window = 1 << 16;

    /// <summary>Characters of a name.</summary>
    public const int NameLength = 256;

    /// <summary>Axes of a tensor.</summary>
    public const int Rank = 8;
}
