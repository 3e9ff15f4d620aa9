using System.Buffers.Binary;
using System.Text;

namespace KernelGen.Search.Tests.Training;

/// <summary>The smallest shared library file that has symbol versions: headers, one symbol, one relocation, needed and defined versions.</summary>
internal static class SyntheticElf
{
    public const int FlagsOffset = NeededAt + 16 + 4;
    private const int DynamicAt = 64 + (2 * 56);
    private const int StringsAt = 512;
    private const int SymbolsAt = 640;
    private const int VersionSymbolsAt = 704;
    private const int NeededAt = 720;
    private const int DefinedAt = 768;
    private const int RelocationsAt = 832;
    private const int Size = 856;

    /// <summary>Where addresses differ from file offsets, as in real files.</summary>
    private const ulong Base = 0x10000;

    /// <param name="isUsed">A relocation refers to the symbol of the needed version.</param>
    public static byte[] Create(string library, string needed, string defined, bool isUsed)
    {
        var file = new byte[Size];
        var strings = new MemoryStream();
        strings.WriteByte(0);
        uint Text(string text)
        {
            var at = (uint)strings.Position;
            strings.Write(Encoding.ASCII.GetBytes(text + '\0'));
            return at;
        }

        new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1 }.CopyTo(file, 0);
        U64(file, 32, 64);
        U16(file, 54, 56);
        U16(file, 56, 2);
        Segment(file, 64, type: 1, offset: 0, address: Base, size: Size);
        Segment(file, 64 + 56, type: 2, offset: DynamicAt, address: Base + DynamicAt, size: 12 * 16);

        (ulong Tag, ulong Value)[] entries =
        [
            (5, Base + StringsAt), (6, Base + SymbolsAt), (7, Base + RelocationsAt), (8, 24), (0x6ffffff0, Base + VersionSymbolsAt),
            (0x6ffffffe, Base + NeededAt), (0x6fffffff, 1), (0x6ffffffc, Base + DefinedAt), (0x6ffffffd, 1),
        ];
        for (var i = 0; i < entries.Length; i++)
        {
            U64(file, DynamicAt + (16 * i), entries[i].Tag);
            U64(file, DynamicAt + (16 * i) + 8, entries[i].Value);
        }

        U16(file, VersionSymbolsAt + 2, 5);
        U16(file, NeededAt, 1);
        U16(file, NeededAt + 2, 1);
        U32(file, NeededAt + 4, Text(library));
        U32(file, NeededAt + 8, 16);
        U16(file, NeededAt + 16 + 6, 5);
        U32(file, NeededAt + 16 + 8, Text(needed));
        U32(file, DefinedAt + 12, 20);
        U32(file, DefinedAt + 20, Text(defined));
        U32(file, RelocationsAt + 12, isUsed ? 1u : 0u);
        strings.ToArray().CopyTo(file, StringsAt);
        return file;
    }

    private static void Segment(byte[] file, int at, uint type, ulong offset, ulong address, ulong size)
    {
        U32(file, at, type);
        U64(file, at + 8, offset);
        U64(file, at + 16, address);
        U64(file, at + 32, size);
    }

    private static void U16(byte[] file, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

    private static void U32(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);

    private static void U64(byte[] file, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
}
