using PluginUpgrade.Unix;

namespace PluginUpgrade.Catalogue;

/// <summary>Opens files that strangers dropped, without hanging on a pipe or filling the memory; says what is wrong by exception.</summary>
internal static class OrdinaryFile
{
    private const int MaxLength = 256 << 20;

    public static byte[] ReadAll(string path)
    {
        using var stream = Open(path);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Whether it begins as programs and libraries of .NET do, on every system. Pipes, devices and empty files do not.</summary>
    public static bool IsProgram(string path)
    {
        if (Target(path).Length == 0) return false;
        using var stream = FileAt(path);
        return stream.ReadByte() == 'M' && stream.ReadByte() == 'Z';
    }

    public static FileStream Open(string path)
    {
        var file = Target(path);
        // Pipes and devices are reported by their length, because opening a pipe waits for somebody to write into it.
        if (file.Length == 0) throw new IOException("It is empty, or not an ordinary file.");
        if (file.Length > MaxLength) throw new IOException($"It is larger than {MaxLength >> 20} MiB.");
        return FileAt(path);
    }

    public static long LengthOf(string path) => Target(path).Length;

    /// <summary>Of any size. A pipe or a device is given as if it held nothing.</summary>
    public static Stream OpenAny(string path) => Target(path).Length == 0 ? Stream.Null : FileAt(path);

    private static FileInfo Target(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? throw new IOException("The link leads to no file.");
        if (!file.Exists) throw new FileNotFoundException(path == file.FullName ? "It does not exist." : "The link leads nowhere.");
        return file;
    }

    /// <summary>Without a buffer: the whole file is read at once.</summary>
    private static FileStream FileAt(string path) => RegularFile.Open(path, buffer: 0);
}
