namespace PluginUpgrade.Unix;

internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A pipe, a socket, a device.</summary>
    Other,
}

/// <summary>What the file system says of one entry.</summary>
/// <param name="Mode">The permission bits, those for set-user-id and sticky included.</param>
internal readonly record struct FileState(FileKind Kind, uint Mode, uint User, uint Group, ulong Device, ulong Inode, long Length)
{
    public bool IsDirectory => Kind == FileKind.Directory;

    public bool IsLink => Kind == FileKind.Link;

    public bool IsFile => Kind == FileKind.File;

    /// <summary>Whether it belongs to the user who runs this.</summary>
    public bool IsOurs => User == Libc.EffectiveUser;

    /// <summary>Two names of one file have the same.</summary>
    public (ulong, ulong) Identity => (Device, Inode);
}
