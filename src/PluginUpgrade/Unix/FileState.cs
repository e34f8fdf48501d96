namespace PluginUpgrade.Unix;

internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A pipe, a socket, a device.</summary>
    Other,
}

/// <summary>What the file system reports about one entry.</summary>
/// <param name="Mode">The permission bits, with set-user-id, set-group-id and sticky.</param>
internal readonly record struct FileState(FileKind Kind, uint Mode, uint User, uint Group, ulong Device, ulong Inode, long Length)
{
    public bool IsDirectory => Kind == FileKind.Directory;

    public bool IsLink => Kind == FileKind.Link;

    public bool IsFile => Kind == FileKind.File;

    /// <summary>Whether it belongs to the user who runs this process.</summary>
    public bool IsOurs => User == Libc.EffectiveUser;

    /// <summary>Equal for two names of one file.</summary>
    public (ulong, ulong) Identity => (Device, Inode);
}
