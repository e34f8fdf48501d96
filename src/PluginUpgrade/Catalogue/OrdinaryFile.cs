using PluginUpgrade.Unix;

namespace PluginUpgrade.Catalogue;

/// <summary>
/// Opens files of the drop folder, which may be anything: never blocks on a pipe or fills the memory. Throws where the file cannot be used.
/// </summary>
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

    /// <summary>
    /// Whether the file begins like a .NET program or library (MZ, on every platform). False for pipes, devices and empty files.
    /// </summary>
    public static bool IsProgram(string path)
    {
        if (Target(path).Length == 0) return false;
        using var stream = FileAt(path);
        return stream.ReadByte() == 'M' && stream.ReadByte() == 'Z';
    }

    public static FileStream Open(string path)
    {
        var file = Target(path);
        // Pipes and devices have length 0. They are rejected before opening, because opening a pipe waits for a writer.
        if (file.Length == 0) throw new IOException("It is empty, or not an ordinary file.");
        if (file.Length > MaxLength) throw new IOException($"It is larger than {MaxLength >> 20} MiB.");
        return FileAt(path);
    }

    public static long LengthOf(string path) => Target(path).Length;

    /// <summary>For a file of any size. A pipe or a device counts as empty.</summary>
    public static Stream OpenAny(string path) => Target(path).Length == 0 ? Stream.Null : FileAt(path);

    private static FileInfo Target(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo
                ?? throw new IOException("The link does not lead to a file.");
        if (!file.Exists) throw new FileNotFoundException(path == file.FullName ? "It does not exist." : "The link leads nowhere.");
        return file;
    }

    /// <summary>Unbuffered: nearly all callers read large blocks.</summary>
    private static FileStream FileAt(string path) => RegularFile.Open(path, buffer: 0);
}
