using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <summary>
/// Every change to the disk, one method each, durable when it returns. Paths are absolute and free of links; where a directory in the path
/// was replaced by a link in the meantime, the change is refused (<see cref="LinkFree"/>).
/// </summary>
/// <param name="beforeEach">For tests: called with each operation before it is done; may throw to prevent it and all later ones.</param>
internal sealed class Disk(Action<string>? beforeEach = null)
{
    /// <summary>Read, write and search, for the owner only.</summary>
    public const uint Private = 0x1c0;

    /// <summary>Modes of what krang-upgrade or a module creates, whatever the umask: readable by all, writable by the owner only.</summary>
    public const uint UsualDirectory = 0x1ed, UsualFile = 0x1a4;

    /// <summary>Read and write, for the owner only.</summary>
    public const uint PrivateFile = 0x180;

    public void MakeDirectory(string path, uint mode)
    {
        Announce("mkdir", path);
        LinkFree.MakeDirectory(path, mode);
        Sync(LinkFree.Parent(path));
    }

    /// <summary>Fails if the destination exists.</summary>
    public void Rename(string from, string to)
    {
        Announce("rename", from);
        LinkFree.Rename(from, to);
        SyncParents(from, to);
    }

    public void RenameOver(string from, string to)
    {
        Announce("rename over", to);
        LinkFree.RenameOver(from, to);
        SyncParents(from, to);
    }

    /// <summary>Gives a file a second name; false where the file system has no hard links or refuses one.</summary>
    public bool TryLink(string path, string link)
    {
        Announce("link", path);
        if (!LinkFree.TryLink(path, link)) return false;
        Sync(LinkFree.Parent(link));
        return true;
    }

    /// <summary>Writes into a file, and creates it if it is missing.</summary>
    public void WriteAt(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        Announce("write", path);
        using var file = LinkFree.OpenOrMake(path, PrivateFile);
        RandomAccess.Write(file, bytes, offset);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Creates a file. Its name is not durable yet: prepared files are renamed into place later.</summary>
    public void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        Announce("write new", path);
        using var file = LinkFree.MakeFile(path, UsualFile);
        RandomAccess.Write(file, content, 0);
        RandomAccess.FlushToDisk(file);
    }

    public void CopyFile(string from, string to)
    {
        Announce("copy", from);
        using var source = new FileStream(LinkFree.OpenRead(from), FileAccess.Read);
        using var copy = new FileStream(LinkFree.MakeFile(to, PrivateFile), FileAccess.Write);
        source.CopyTo(copy);
        copy.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Creates a file with the mode of another one, and its owner where permitted. Returns the SHA-256 of the bytes written.
    /// </summary>
    /// <param name="from">
    /// A file of the payload, which no other user can write to: the only path here whose directories may be links.
    /// </param>
    public string CopyHashed(string from, string to, FileState model)
    {
        Announce("copy", from);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var opened = RegularFile.Open(from, follow: false, buffer: 0);
        var source = opened.SafeFileHandle;
        using var copy = LinkFree.MakeFile(to, PrivateFile);
        var buffer = new byte[1 << 17];
        for (long at = 0; RandomAccess.Read(source, buffer, at) is > 0 and var count; at += count)
        {
            hash.AppendData(buffer, 0, count);
            RandomAccess.Write(copy, buffer.AsSpan(0, count), at);
        }
        LinkFree.SetMode(to, GiveTo(to, model));
        RandomAccess.FlushToDisk(copy);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void MakeLink(string path, string target)
    {
        Announce("symlink", path);
        LinkFree.MakeLink(path, target);
    }

    /// <summary>Gives it the mode of another file, and its owner where permitted.</summary>
    public void Resemble(string path, FileState model)
    {
        Announce("chmod", path);
        // The owner first: changing the owner clears the set-user-id bits.
        var mode = GiveTo(path, model);
        if (model.Kind == FileKind.Link) return;
        LinkFree.SetMode(path, mode);
        if (model.Kind == FileKind.Directory) LinkFree.SyncDirectory(path);
        else SyncFile(path);
    }

    public bool TryDeleteDirectory(string path)
    {
        Announce("rmdir", path);
        if (!LinkFree.TryDeleteDirectory(path)) return false;
        Sync(LinkFree.Parent(path));
        return true;
    }

    /// <summary>
    /// Deletes it with everything in it; the file named <paramref name="last"/> goes last, because it describes the rest.
    /// </summary>
    public void DeleteTree(string path, string last = "")
    {
        if (LinkFree.Look(path) is not { } state) return;
        if (state.Kind != FileKind.Directory)
        {
            Announce("delete", path);
            LinkFree.DeleteFile(path);
            return;
        }
        if ((state.Mode & Private) != Private) LinkFree.SetMode(path, state.Mode | Private);
        foreach (var entry in LinkFree.Entries(path).OrderBy(entry => Path.GetFileName(entry) == last)) DeleteTree(entry);
        Announce("rmdir", path);
        if (!LinkFree.TryDeleteDirectory(path)) throw new IOException($"'{path}' cannot be emptied.");
    }

    public void Sync(string directory)
    {
        Announce("sync", directory);
        LinkFree.SyncDirectory(directory);
    }

    private void SyncParents(string from, string to)
    {
        Sync(LinkFree.Parent(to));
        if (LinkFree.Parent(from) != LinkFree.Parent(to)) Sync(LinkFree.Parent(from));
    }

    /// <returns>
    /// The mode to set. Where the owner cannot be changed, without set-user-id bits: the copy would run with this user's rights.
    /// </returns>
    private static uint GiveTo(string path, FileState model)
    {
        const uint withOwnersRights = 0xc00;
        if (LinkFree.Look(path) is not { } mine || (mine.User, mine.Group) == (model.User, model.Group)) return model.Mode;
        if (!Environment.IsPrivilegedProcess) return model.Mode & ~withOwnersRights;
        LinkFree.SetOwner(path, model.User, model.Group);
        return model.Mode;
    }

    /// <summary>Makes mode and owner durable. Where the file may not be opened, only its content is durable until the next sync.</summary>
    private static void SyncFile(string path)
    {
        try
        {
            using SafeFileHandle file = LinkFree.OpenRead(path);
            RandomAccess.FlushToDisk(file);
        }
        catch (UnauthorizedAccessException)
        {
            // The mode denies access even to the owner.
        }
    }

    private void Announce(string operation, string path) => beforeEach?.Invoke($"{operation} {path}");
}
