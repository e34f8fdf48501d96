using Microsoft.Win32.SafeHandles;

namespace PluginUpgrade.Unix;

/// <summary>Opens regular files for reading, and nothing else: opening a pipe would wait for a writer.</summary>
internal static class RegularFile
{
    /// <summary>Much larger than any file that krang-upgrade reads as a whole.</summary>
    private const int MaxLength = 256 << 20;

    /// <param name="follow">Whether a link of that name is followed.</param>
    /// <exception cref="IOException">It is a pipe, a socket, a device or a directory.</exception>
    public static FileStream Open(string path, bool follow = true, int buffer = 4096)
    {
        if (!OperatingSystem.IsLinux())
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, buffer);
        var flags = OpenFlags.NonBlocking | (follow ? 0 : OpenFlags.NoFollow);
        return new FileStream(Checked(Libc.Open(path, flags), path), FileAccess.Read, buffer);
    }

    public static byte[] ReadAllBytes(string path, bool follow = true)
    {
        using var file = Open(path, follow, buffer: 0);
        return ReadAllBytes(file.SafeFileHandle, path);
    }

    public static byte[] ReadAllBytes(SafeFileHandle file, string path)
    {
        var length = RandomAccess.GetLength(file);
        if (length > MaxLength) throw new IOException($"'{path}' is larger than {MaxLength >> 20} MiB.");
        var bytes = new byte[length];
        var read = 0;
        while (read < length && RandomAccess.Read(file, bytes.AsSpan(read), read) is > 0 and var count) read += count;
        return read == length ? bytes : bytes[..read];
    }

    public static string ReadAllText(string path, bool follow = true) => System.Text.Encoding.UTF8.GetString(ReadAllBytes(path, follow));

    /// <summary>What is wrong with the file to which a path leads; null if there is none, or it can be opened without waiting.</summary>
    public static string? Fault(string path) => !OperatingSystem.IsLinux() || Libc.Look(path, follow: true) is not { } state ? null
        : state.Kind switch
        {
            FileKind.File => null,
            FileKind.Directory => "It is a directory.",
            _ => "It is not a file but a pipe, a socket or a device.",
        };

    /// <summary>Returns the handle if it is a regular file's.</summary>
    public static SafeFileHandle Checked(SafeFileHandle opened, string path)
    {
        if (Libc.Look(opened).IsFile) return opened;
        opened.Dispose();
        throw new IOException($"'{path}' is not a file but a pipe, a socket, a device or a directory.");
    }
}
