using Google.Protobuf.Reflection;

namespace KernelGen.Onnx.Format;

/// <summary>
/// Counts the messages of a file before it is parsed. An empty message takes two bytes in the file and hundreds in memory: a small
/// file could ask for gigabytes.
/// </summary>
internal static class MessageCount
{
    /// <summary>More than any honest model has: with 10,000 nodes, a hundred for each.</summary>
    public const int Maximum = 1 << 20;

    /// <summary>Whether a message of this type has more than <paramref name="maximum"/> messages in it, at any depth.</summary>
    public static bool IsAbove(int maximum, ReadOnlySpan<byte> message, MessageDescriptor type)
    {
        var left = maximum;
        return !Count(message, type, ref left);
    }

    // Whatever is not well formed ends the count; the parser will say what it is.
    private static bool Count(ReadOnlySpan<byte> message, MessageDescriptor type, ref int left)
    {
        while (TryReadVarint(ref message, out var tag))
        {
            ulong length;
            switch ((int)tag & 7)
            {
                case 0:
                    if (!TryReadVarint(ref message, out _))
                    {
                        return true;
                    }

                    continue;
                case 1:
                    length = 8;
                    break;
                case 2:
                    if (!TryReadVarint(ref message, out length))
                    {
                        return true;
                    }

                    break;
                case 5:
                    length = 4;
                    break;
                default:
                    continue;
            }

            if (length > (ulong)message.Length)
            {
                return true;
            }

            if (((int)tag & 7) == 2 && type.FindFieldByNumber((int)(tag >> 3)) is { FieldType: FieldType.Message } field)
            {
                if (--left < 0 || !Count(message.Slice(0, (int)length), field.MessageType, ref left))
                {
                    return false;
                }
            }

            message = message.Slice((int)length);
        }

        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> from, out ulong value)
    {
        value = 0;
        for (var i = 0; i < Math.Min(10, from.Length); i++)
        {
            value |= (ulong)(from[i] & 0x7f) << (7 * i);
            if (from[i] < 0x80)
            {
                from = from.Slice(i + 1);
                return true;
            }
        }

        return false;
    }
}
