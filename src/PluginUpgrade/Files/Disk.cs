using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Files;

/// <summary>
/// Every change to the disk, one method each: durable when it returns. Paths are absolute and free of links; where somebody has put one in
/// the place of a directory since they were looked at, the change is refused (<see cref="LinkFree"/>).
/// </summary>
/// <param name="beforeEach">For tests: told of each operation before it is made, may throw to prevent this and all later ones.</param>
internal sealed class Disk(Action<string>? beforeEach = null)
{
    /// <summary>Read, write and search, for the owner alone.</summary>
    public const uint Private = 0x1c0;

    /// <summary>Of what the host or a module makes, whatever the process's mask is: anybody may read it, the owner alone write.</summary>
    public const uint UsualDirectory = 0x1ed, UsualFile = 0x1a4;

    /// <summary>Read and write, for the owner alone.</summary>
    public const uint PrivateFile = 0x180;

    public void MakeDirectory(string path, uint mode)
    {
        Announce("mkdir", path);
        LinkFree.MakeDirectory(path, mode);
        Sync(LinkFree.Parent(path));
    }

    /// <summary>Fails where the destination exists.</summary>
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

    /// <summary>Gives a file a second name; false where that is not to be had.</summary>
    public bool TryLink(string path, string link)
    {
        Announce("link", path);
        if (!LinkFree.TryLink(path, link)) return false;
        Sync(LinkFree.Parent(link));
        return true;
    }

    /// <summary>Writes into a file, which is made where it is absent.</summary>
    public void WriteAt(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        Announce("write", path);
        using var file = LinkFree.OpenOrMake(path, PrivateFile);
        RandomAccess.Write(file, bytes, offset);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>A new file. The name itself is not durable yet: what is prepared is renamed into place.</summary>
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

    /// <summary>A new file with the owner, where we may, and the mode of another one. Answers the SHA-256 of what was written.</summary>
    /// <param name="from">The one path here that may lead through links: to a payload, which nobody else may write to.</param>
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

    /// <summary>Gives the owner, where we may, and the mode of another file.</summary>
    public void Resemble(string path, FileState model)
    {
        Announce("chmod", path);
        // The owner first: a change of owner takes the set-user-id bits away.
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

    /// <summary>Deletes with all that is in it, the file named <paramref name="last"/> last, so that it tells of the rest.</summary>
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

    /// <returns>The mode that it is due: what stays ours does not run with our rights because the other's ran with his.</returns>
    private static uint GiveTo(string path, FileState model)
    {
        const uint withOwnersRights = 0xc00;
        if (LinkFree.Look(path) is not { } mine || (mine.User, mine.Group) == (model.User, model.Group)) return model.Mode;
        if (!Environment.IsPrivilegedProcess) return model.Mode & ~withOwnersRights;
        LinkFree.SetOwner(path, model.User, model.Group);
        return model.Mode;
    }

    /// <summary>Mode and owner reach the disk with the next sync; of a file that may not be opened, only the content is sure.</summary>
    private static void SyncFile(string path)
    {
        try
        {
            using SafeFileHandle file = LinkFree.OpenRead(path);
            RandomAccess.FlushToDisk(file);
        }
        catch (UnauthorizedAccessException)
        {
            // A mode that keeps its own owner out.
        }
    }

    private void Announce(string operation, string path) => beforeEach?.Invoke($"{operation} {path}");
}
