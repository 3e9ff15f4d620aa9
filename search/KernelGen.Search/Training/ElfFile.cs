using System.Buffers.Binary;
using System.Text;

namespace KernelGen.Search.Training;

/// <summary>
/// The little of a 64-bit little-endian ELF file (System V ABI; Linux Standard Base, "Symbol Versioning") that tells which
/// symbol versions a shared library asks for and offers. Every offset in the file is checked before it is followed.
/// </summary>
internal sealed class ElfFile
{
    /// <summary>In a needed version's flags: the loader does not refuse the library if the version is missing.</summary>
    public const ushort WeakFlag = 2;

    private const long StringTable = 5;
    private const long SymbolTable = 6;
    private const long Relocations = 7;
    private const long RelocationsSize = 8;
    private const long PltRelocationsSize = 2;
    private const long PltRelocations = 23;
    private const long VersionSymbols = 0x6ffffff0;
    private const long VersionDefinitions = 0x6ffffffc;
    private const long VersionDefinitionCount = 0x6ffffffd;
    private const long VersionNeeds = 0x6ffffffe;
    private const long VersionNeedCount = 0x6fffffff;

    private readonly byte[] bytes;
    private readonly List<(ulong Address, ulong Offset, ulong Size)> segments = [];
    private readonly Dictionary<long, ulong> dynamic = [];

    /// <exception cref="InvalidDataException">Not such a file, or damaged.</exception>
    public ElfFile(byte[] bytes)
    {
        this.bytes = bytes;
        if (bytes.Length < 64 || !bytes.AsSpan(0, 6).SequenceEqual(Identification))
        {
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        }

        ReadProgramHeaders();
    }

    /// <summary>Magic number, 64 bits, little-endian.</summary>
    private static ReadOnlySpan<byte> Identification => [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1];

    /// <summary>The versions that this library asks for.</summary>
    public IReadOnlyList<NeededVersion> Needed()
    {
        var needed = new List<NeededVersion>();
        var at = OffsetOf(VersionNeeds);
        for (ulong i = 0; at is { } need && i < Count(VersionNeedCount); i++)
        {
            var library = Text(U32(need + 4));
            var entry = need + U32(need + 8);
            for (var k = U16(need + 2); k > 0; k--)
            {
                needed.Add(new NeededVersion(library, Text(U32(entry + 8)), U16(entry + 6), U16(entry + 4), (int)(entry + 4)));
                entry += U32(entry + 12);
            }

            at = U32(need + 12) is 0 ? null : need + U32(need + 12);
        }

        return needed;
    }

    /// <summary>The versions that this library offers.</summary>
    public IReadOnlyList<string> Defined()
    {
        var defined = new List<string>();
        var at = OffsetOf(VersionDefinitions);
        for (ulong i = 0; at is { } definition && i < Count(VersionDefinitionCount); i++)
        {
            defined.Add(Text(U32(definition + U32(definition + 12))));
            at = U32(definition + 16) is 0 ? null : definition + U32(definition + 16);
        }

        return defined;
    }

    /// <summary>
    /// Whether a relocation refers to a symbol of this version: whether the library could call or read something that is not there.
    /// </summary>
    public bool IsUsed(NeededVersion version)
    {
        var versions = OffsetOf(VersionSymbols) ?? throw new InvalidDataException("it has no version table");
        return IsUsedBy(Relocations, RelocationsSize, version, versions)
            || IsUsedBy(PltRelocations, PltRelocationsSize, version, versions);
    }

    /// <summary>A copy in which this version is asked for weakly.</summary>
    public byte[] WithWeak(NeededVersion version)
    {
        var copy = (byte[])bytes.Clone();
        BinaryPrimitives.WriteUInt16LittleEndian(copy.AsSpan(version.FlagsOffset), (ushort)(version.Flags | WeakFlag));
        return copy;
    }

    private bool IsUsedBy(long table, long size, NeededVersion version, ulong versions)
    {
        if (OffsetOf(table) is not { } start)
        {
            return false;
        }

        const ulong entry = 24;
        for (ulong at = 0; at + entry <= Count(size); at += entry)
        {
            ulong symbol = U32(start + at + 12);
            if (symbol != 0 && (U16(versions + (2 * symbol)) & 0x7FFF) == version.Index)
            {
                return true;
            }
        }

        return false;
    }

    private void ReadProgramHeaders()
    {
        const uint load = 1;
        const uint dynamicSegment = 2;
        var table = U64(32);
        var size = U16(54);
        (ulong Offset, ulong Size)? dynamicPart = null;
        for (ulong i = 0; i < U16(56); i++)
        {
            var header = table + (i * size);
            var part = (Address: U64(header + 16), Offset: U64(header + 8), Size: U64(header + 32));
            if (U32(header) == load)
            {
                segments.Add(part);
            }
            else if (U32(header) == dynamicSegment)
            {
                dynamicPart = (part.Offset, part.Size);
            }
        }

        var (offset, length) = dynamicPart ?? throw new InvalidDataException("it has no dynamic segment");
        for (ulong at = 0; at + 16 <= length && U64(offset + at) != 0; at += 16)
        {
            dynamic.TryAdd((long)U64(offset + at), U64(offset + at + 8));
        }

        if (!dynamic.ContainsKey(StringTable) || !dynamic.ContainsKey(SymbolTable))
        {
            throw new InvalidDataException("it has no symbols");
        }
    }

    private ulong Count(long tag) => dynamic.GetValueOrDefault(tag);

    private ulong? OffsetOf(long tag)
    {
        if (!dynamic.TryGetValue(tag, out var address))
        {
            return null;
        }

        foreach (var segment in segments)
        {
            if (address >= segment.Address && address - segment.Address < segment.Size)
            {
                return address - segment.Address + segment.Offset;
            }
        }

        throw new InvalidDataException("an address lies outside the file");
    }

    private string Text(uint index)
    {
        var start = Check((OffsetOf(StringTable) ?? 0) + index, 1);
        var length = bytes.AsSpan(start).IndexOf((byte)0);
        return length >= 0
            ? Encoding.ASCII.GetString(bytes, start, length)
            : throw new InvalidDataException("a name is not terminated");
    }

    private ushort U16(ulong offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(Check(offset, 2)));

    private uint U32(ulong offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Check(offset, 4)));

    private ulong U64(ulong offset) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(Check(offset, 8)));

    private int Check(ulong offset, ulong length) =>
        offset <= (ulong)bytes.Length && length <= (ulong)bytes.Length - offset
            ? (int)offset
            : throw new InvalidDataException("an offset points beyond its end");
}

/// <summary>One version of one library that a file asks for.</summary>
/// <param name="Index">The number by which the file's version table refers to it.</param>
/// <param name="FlagsOffset">Where <paramref name="Flags"/> stand in the file.</param>
internal sealed record NeededVersion(string Library, string Version, ushort Index, ushort Flags, int FlagsOffset)
{
    public bool IsWeak => (Flags & ElfFile.WeakFlag) != 0;
}
