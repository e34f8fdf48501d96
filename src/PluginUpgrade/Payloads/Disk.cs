using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace PluginUpgrade.Payloads;

/// <summary>Every change to the disk, one method each: durable when it returns.</summary>
/// <param name="beforeEach">For tests: told of each operation before it is made, may throw to prevent this and all later ones.</param>
internal sealed class Disk(Action<string>? beforeEach = null)
{
    /// <summary>Read, write and search, for the owner alone.</summary>
    public const uint Private = 0x1c0;

    /// <summary>What the process's mask leaves of read, write and search for all.</summary>
    public const uint Usual = 0x1ff;

    public void MakeDirectory(string path, uint mode)
    {
        Announce("mkdir", path);
        Libc.MakeDirectory(path, mode);
        Sync(Parent(path));
    }

    /// <summary>Fails where the destination exists.</summary>
    public void Rename(string from, string to)
    {
        Announce("rename", from);
        Libc.Rename(from, to);
        SyncParents(from, to);
    }

    public void RenameOver(string from, string to)
    {
        Announce("rename over", to);
        Libc.RenameOver(from, to);
        SyncParents(from, to);
    }

    /// <summary>Gives a file a second name; false where that is not to be had.</summary>
    public bool TryLink(string path, string link)
    {
        Announce("link", path);
        if (!Libc.TryLink(path, link)) return false;
        Sync(Parent(link));
        return true;
    }

    /// <summary>Writes into a file, which is made where it is absent.</summary>
    public void WriteAt(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        Announce("write", path);
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        RandomAccess.Write(file, bytes, offset);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>A new file. The name itself is not durable yet: what is prepared is renamed into place.</summary>
    public void WriteNew(string path, ReadOnlySpan<byte> content)
    {
        Announce("write new", path);
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.Write(file, content, 0);
        RandomAccess.FlushToDisk(file);
    }

    public void CopyFile(string from, string to)
    {
        Announce("copy", from);
        using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new FileStream(to, FileMode.CreateNew, FileAccess.Write);
        source.CopyTo(copy);
        copy.Flush(flushToDisk: true);
    }

    /// <summary>A new file with the owner, where we may, and the mode of another one. Answers the SHA-256 of what was written.</summary>
    public string CopyHashed(string from, string to, FileFacts model)
    {
        Announce("copy", from);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var source = File.OpenHandle(from);
        using var copy = File.OpenHandle(to, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[1 << 17];
        for (long at = 0; RandomAccess.Read(source, buffer, at) is > 0 and var count; at += count)
        {
            hash.AppendData(buffer, 0, count);
            RandomAccess.Write(copy, buffer.AsSpan(0, count), at);
        }
        Libc.SetMode(to, GiveTo(to, model));
        RandomAccess.FlushToDisk(copy);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void MakeLink(string path, string target)
    {
        Announce("symlink", path);
        Libc.MakeLink(path, target);
    }

    /// <summary>Gives the owner, where we may, and the mode of another file.</summary>
    public void Resemble(string path, FileFacts model)
    {
        Announce("chmod", path);
        // The owner first: a change of owner takes the set-user-id bits away.
        var mode = GiveTo(path, model);
        if (model.Kind == FileKind.Link) return;
        Libc.SetMode(path, mode);
        if (model.Kind == FileKind.Directory) Libc.SyncDirectory(path);
        else SyncFile(path);
    }

    public bool TryDeleteDirectory(string path)
    {
        Announce("rmdir", path);
        if (!Libc.TryDeleteDirectory(path)) return false;
        Sync(Parent(path));
        return true;
    }

    /// <summary>Deletes with all that is in it, the file named <paramref name="last"/> last, so that it tells of the rest.</summary>
    public void DeleteTree(string path, string last = "")
    {
        if (Libc.Look(path) is not { } facts) return;
        if (facts.Kind != FileKind.Directory)
        {
            Announce("delete", path);
            Libc.DeleteFile(path);
            return;
        }
        if ((facts.Mode & Private) != Private) Libc.SetMode(path, facts.Mode | Private);
        foreach (var entry in Directory.GetFileSystemEntries(path).OrderBy(entry => Path.GetFileName(entry) == last)) DeleteTree(entry);
        Announce("rmdir", path);
        if (!Libc.TryDeleteDirectory(path)) throw new IOException($"'{path}' cannot be emptied.");
    }

    public void Sync(string directory)
    {
        Announce("sync", directory);
        Libc.SyncDirectory(directory);
    }

    public static string Parent(string path) => Path.GetDirectoryName(path) ?? "/";

    private void SyncParents(string from, string to)
    {
        Sync(Parent(to));
        if (Parent(from) != Parent(to)) Sync(Parent(from));
    }

    /// <returns>The mode that it is due: what stays ours does not run with our rights because the other's ran with his.</returns>
    private static uint GiveTo(string path, FileFacts model)
    {
        const uint withOwnersRights = 0xc00;
        if (Libc.Look(path) is not { } mine || (mine.User, mine.Group) == (model.User, model.Group)) return model.Mode;
        if (!Environment.IsPrivilegedProcess) return model.Mode & ~withOwnersRights;
        Libc.SetOwner(path, model.User, model.Group);
        return model.Mode;
    }

    /// <summary>Mode and owner reach the disk with the next sync; of a file that may not be opened, only the content is sure.</summary>
    private static void SyncFile(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            RandomAccess.FlushToDisk(file);
        }
        catch (UnauthorizedAccessException)
        {
            // A mode that keeps its own owner out.
        }
    }

    private void Announce(string operation, string path) => beforeEach?.Invoke($"{operation} {path}");
}
