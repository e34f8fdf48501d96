using System.Buffers.Binary;
using System.Reflection.PortableExecutable;

namespace PluginUpgrade.FaultTests.HostileInput;

/// <summary>Makes a damaged assembly of good ones, in one of the ways in which files are damaged, or were to be.</summary>
internal sealed class Mangler(IReadOnlyList<byte[]> good)
{
    private static readonly uint[] Extremes = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

    private readonly (int Start, int Length)[] _metadata = [.. good.Select(MetadataOf)];

    /// <returns>The bytes, and what was done to them.</returns>
    public (byte[] Bytes, string How) Mangle(Random random)
    {
        var which = random.Next(good.Count);
        var (bytes, (start, length)) = (good[which].ToArray(), _metadata[which]);
        switch (random.Next(9))
        {
            case 0:
                for (var flips = random.Next(1, 9); flips > 0; flips--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return (bytes, "bits flipped anywhere");
            case 1:
                for (var flips = random.Next(1, 33); flips > 0; flips--) bytes[start + random.Next(length)] = (byte)random.Next(256);
                return (bytes, "bytes of metadata changed");
            case 2:
                return (bytes[..random.Next(1, bytes.Length)], "cut short");
            case 3:
                var other = good[random.Next(good.Count)];
                var size = random.Next(1, Math.Min(bytes.Length, other.Length) / 2);
                other.AsSpan(random.Next(other.Length - size), size).CopyTo(bytes.AsSpan(random.Next(bytes.Length - size)));
                return (bytes, "another assembly's bytes in it");
            case 4:
                var from = random.Next(bytes.Length);
                bytes.AsSpan(from, Math.Min(random.Next(1, 2048), bytes.Length - from)).Clear();
                return (bytes, "a range of zeros");
            case 5:
                // Headers of the file, of its sections and of the metadata with the counts of rows.
                for (var times = random.Next(1, 4); times > 0; times--)
                    Write(bytes, (random.Next(2) == 0 ? 0 : start) + random.Next(Math.Min(0x200, length) / 4) * 4, random);
                return (bytes, "extreme numbers in headers");
            case 6:
                Write(bytes, start + random.Next(length - 4), random);
                return (bytes, "an extreme number in metadata");
            case 7:
                var at = random.Next(bytes.Length);
                var added = new byte[random.Next(1, 64)];
                random.NextBytes(added);
                return ([.. bytes[..at], .. added, .. bytes[at..]], "bytes added in the middle");
            default:
                var gap = random.Next(bytes.Length - 1);
                return ([.. bytes[..gap], .. bytes[Math.Min(bytes.Length, gap + random.Next(1, 64))..]], "bytes missing in the middle");
        }
    }

    private static void Write(byte[] bytes, int at, Random random)
    {
        if (at + 4 <= bytes.Length)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Extremes[random.Next(Extremes.Length)]);
    }

    private static (int, int) MetadataOf(byte[] bytes)
    {
        var headers = new PEHeaders(new MemoryStream(bytes));
        return (headers.MetadataStartOffset, headers.MetadataSize);
    }
}
