using System.Runtime.InteropServices;

namespace KernelGen.Model;

/// <summary>
/// Immutable 32-bit floats that compare by their bits: +0 and −0 differ, and equal NaNs are equal. Weights, biases and
/// normalisation constants are held this way, so that a round trip through a file can be shown to be exact.
/// </summary>
public sealed class FloatData : IEquatable<FloatData>
{
    private readonly float[] values;
    private int hash;

    public FloatData(float[] values) => this.values = values;

    public int Length => values.Length;

    public float this[int index] => values[index];

    public ReadOnlySpan<float> Span => values;

    public static FloatData Create(ReadOnlySpan<float> values) => new(values.ToArray());

    public bool Equals(FloatData? other) =>
        other is not null
        && (ReferenceEquals(this, other)
            || MemoryMarshal.AsBytes(Span).SequenceEqual(MemoryMarshal.AsBytes(other.Span)));

    public override bool Equals(object? obj) => Equals(obj as FloatData);

    public override int GetHashCode()
    {
        if (hash == 0)
        {
            var h = Length;
            foreach (var bits in MemoryMarshal.Cast<float, int>(Span))
            {
                h = unchecked((h * 31) + bits);
            }

            hash = h == 0 ? 1 : h;
        }

        return hash;
    }

    public override string ToString() => $"float[{Length}]";
}
