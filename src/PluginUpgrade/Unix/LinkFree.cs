using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PluginUpgrade.Unix;

/// <summary>
/// Changes files by absolute paths without links. It opens the directories on the way one by one, and makes the change in the last of them:
/// if somebody replaces a directory with a link meanwhile, the change fails and is never redirected.
/// </summary>
internal static class LinkFree
{
    private const uint ForAllToEnter = 0x1ed;

    /// <summary>Null if nothing is there.</summary>
    public static FileState? Look(string path)
    {
        if (path == "/") return Libc.Look(path);
        using var parent = TryOpenDirectory(Parent(path));
        return parent is null ? null : Libc.LookIn(parent, Name(path));
    }

    /// <summary>Fails if the destination exists.</summary>
    public static void Rename(string from, string to)
    {
        using var source = OpenDirectory(Parent(from));
        using var target = OpenDirectory(Parent(to));
        var (old, name) = (Libc.Bytes(Name(from)), Libc.Bytes(Name(to)));
        try
        {
            if (LibcCalls.renameat2(Libc.Number(source), old, Libc.Number(target), name, flags: 1 /* RENAME_NOREPLACE */) == 0) return;
            if (Marshal.GetLastPInvokeError() is not (Libc.NoSuchCall or Libc.Invalid)) throw Libc.Error(from, to);
        }
        catch (EntryPointNotFoundException)
        {
            // An older C library lacks the call; a file system may lack it too (Invalid, above).
        }
        if (Libc.LookIn(target, Name(to)) is not null) throw Libc.AlreadyThere(to);
        if (LibcCalls.renameat(Libc.Number(source), old, Libc.Number(target), name) != 0) throw Libc.Error(from, to);
    }

    public static void RenameOver(string from, string to)
    {
        using var source = OpenDirectory(Parent(from));
        using var target = OpenDirectory(Parent(to));
        if (LibcCalls.renameat(Libc.Number(source), Libc.Bytes(Name(from)), Libc.Number(target), Libc.Bytes(Name(to))) != 0)
            throw Libc.Error(from, to);
    }

    /// <summary>False if the file system has no hard links, or these files may not have another one.</summary>
    public static bool TryLink(string path, string link)
    {
        using var source = OpenDirectory(Parent(path));
        using var target = OpenDirectory(Parent(link));
        if (LibcCalls.linkat(Libc.Number(source), Libc.Bytes(Name(path)), Libc.Number(target), Libc.Bytes(Name(link)), flags: 0) == 0)
            return true;
        return Marshal.GetLastPInvokeError() is Libc.NotPermitted or Libc.TooManyLinks or Libc.NoSuchCall or Libc.NotSupported
            ? false : throw Libc.Error(path, link);
    }

    /// <param name="mode">Applied with any umask.</param>
    public static void MakeDirectory(string path, uint mode)
    {
        if (!TryMakeDirectory(path, mode)) throw Libc.AlreadyThere(path);
    }

    /// <summary>False if something has that name, even a link.</summary>
    /// <param name="owner">Its owner, set on the directory that was created: nobody can put something else there in between.</param>
    public static bool TryMakeDirectory(string path, uint mode, (uint User, uint Group)? owner = null)
    {
        using var parent = OpenDirectory(Parent(path));
        if (LibcCalls.mkdirat(Libc.Number(parent), Libc.Bytes(Name(path)), mode & 0x1c0) != 0)
            return Marshal.GetLastPInvokeError() == Libc.Exists ? false : throw Libc.Error(path);
        using var made = Libc.OpenIn(parent, Name(path), OpenFlags.NameOnly | OpenFlags.NoFollow | OpenFlags.Directory, path);
        // It belongs to another user if it was exchanged after its creation, or if the file system gives everything to one user.
        if (!Libc.Look(made).IsOurs) return true;
        Libc.SetMode(made, mode, path);
        if (owner is var (user, group)) Libc.SetOwner(made, user, group, path);
        return true;
    }

    /// <summary>Creates the directory and the missing ones above it, which everybody may enter. Links above those are followed.</summary>
    /// <returns>The created ones, outermost first; the last one has the mode.</returns>
    public static IReadOnlyList<string> MakeDirectories(string path, uint mode)
    {
        var (existing, missing) = ExistingPath.Directory(path);
        var current = Libc.RealPath(existing);
        List<string> made = [];
        foreach (var directory in missing)
        {
            current = Path.Join(current, Path.GetFileName(directory));
            if (TryMakeDirectory(current, directory == missing[^1] ? mode : ForAllToEnter)) made.Add(current);
        }
        return made;
    }

    public static void MakeLink(string path, string target)
    {
        using var parent = OpenDirectory(Parent(path));
        if (LibcCalls.symlinkat(Libc.Bytes(target), Libc.Number(parent), Libc.Bytes(Name(path))) != 0) throw Libc.Error(path);
    }

    public static string ReadLink(string path)
    {
        using var parent = OpenDirectory(Parent(path));
        var answer = new byte[4096];
        var length = LibcCalls.readlinkat(Libc.Number(parent), Libc.Bytes(Name(path)), answer, answer.Length);
        return length > 0 ? Encoding.UTF8.GetString(answer, 0, (int)length) : throw Libc.Error(path);
    }

    /// <summary>For a link, changes the link itself.</summary>
    public static void SetOwner(string path, uint user, uint group)
    {
        using var entry = OpenEntry(path);
        Libc.SetOwner(entry, user, group, path);
    }

    public static void SetMode(string path, uint mode)
    {
        using var entry = OpenEntry(path);
        if (Libc.Look(entry).IsLink) throw Libc.Error(Libc.Loop, path);
        Libc.SetMode(entry, mode, path);
    }

    public static void DeleteFile(string path)
    {
        using var parent = OpenDirectory(Parent(path));
        if (LibcCalls.unlinkat(Libc.Number(parent), Libc.Bytes(Name(path)), flags: 0) != 0) throw Libc.Error(path);
    }

    /// <summary>False if it is missing, not empty, or no directory.</summary>
    public static bool TryDeleteDirectory(string path)
    {
        using var parent = TryOpenDirectory(Parent(path));
        if (parent is null) return false;
        if (LibcCalls.unlinkat(Libc.Number(parent), Libc.Bytes(Name(path)), flags: 0x200 /* AT_REMOVEDIR */) == 0) return true;
        return Marshal.GetLastPInvokeError() is Libc.NoEntry or Libc.Exists or Libc.NotEmpty or Libc.NotADirectory
            ? false : throw Libc.Error(path);
    }

    /// <summary>Deletes it with all of its contents. Links are not followed, even if somebody adds one meanwhile.</summary>
    public static void DeleteTree(string path)
    {
        if (Look(path) is not { } state) return;
        if (!state.IsDirectory)
        {
            DeleteFile(path);
            return;
        }
        foreach (var entry in Entries(path)) DeleteTree(entry);
        if (!TryDeleteDirectory(path)) throw new IOException($"'{path}' cannot be emptied.");
    }

    /// <summary>Whether this process may create, rename and remove entries of the directory.</summary>
    public static bool MayChange(string directory)
    {
        using var handle = OpenDirectory(directory);
        return LibcCalls.faccessat(Libc.Number(handle), Libc.Bytes("."), mode: 3 /* W_OK | X_OK */, flags: 0) == 0;
    }

    public static void SyncDirectory(string path)
    {
        using var directory = OpenDirectory(path);
        using var readable = Libc.OpenIn(directory, ".", OpenFlags.Directory, path);
        Libc.Sync(readable, path);
    }

    /// <summary>The entries of a directory, as full paths.</summary>
    public static IReadOnlyList<string> Entries(string path)
    {
        using var directory = OpenDirectory(path);
        return [.. Directory.EnumerateFileSystemEntries(Libc.NameOf(directory)).Select(entry => Path.Join(path, Path.GetFileName(entry)))];
    }

    /// <summary>Opens a file for reading. A pipe or a device is refused, without waiting for it.</summary>
    public static SafeFileHandle OpenRead(string path) => OpenFile(path, 0, 0);

    /// <summary>Opens a file for reading and writing, and creates it if it is missing.</summary>
    /// <param name="mode">For a new file, applied with any umask.</param>
    public static SafeFileHandle OpenOrMake(string path, uint mode)
    {
        if (Look(path) is null) return MakeFile(path, mode);
        return OpenFile(path, OpenFlags.ReadWrite, 0);
    }

    /// <summary>Fails if something has that name.</summary>
    public static SafeFileHandle MakeFile(string path, uint mode)
    {
        var made = OpenFile(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive, mode & 0x180);
        try
        {
            Libc.SetMode(made, mode, path);
            return made;
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>Opens the directory itself: later changes to its name have no effect.</summary>
    /// <exception cref="IOException">There is a link on the way.</exception>
    public static SafeFileHandle OpenDirectory(string path) =>
        TryOpenDirectory(path) ?? throw new DirectoryNotFoundException($"The directory '{path}' does not exist.");

    private static SafeFileHandle OpenFile(string path, int flags, uint mode)
    {
        using var parent = OpenDirectory(Parent(path));
        return RegularFile.Checked(
            Libc.OpenIn(parent, Name(path), flags | OpenFlags.NoFollow | OpenFlags.NonBlocking, path, mode), path);
    }

    private static SafeFileHandle OpenEntry(string path)
    {
        using var parent = OpenDirectory(Parent(path));
        return Libc.OpenIn(parent, Name(path), OpenFlags.NameOnly | OpenFlags.NoFollow, path);
    }

    /// <summary>Null if it, or one on the way, is missing or is no directory.</summary>
    private static SafeFileHandle? TryOpenDirectory(string path)
    {
        if (!path.StartsWith('/')) throw new ArgumentException($"'{path}' is not absolute.", nameof(path));
        var current = Libc.Open("/", OpenFlags.NameOnly | OpenFlags.Directory);
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            using var outer = current;
            if (Libc.TryOpenIn(outer, name, OpenFlags.NameOnly | OpenFlags.NoFollow | OpenFlags.Directory) is not { } next)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == Libc.NoEntry) return null;
                if (error is not (Libc.NotADirectory or Libc.Loop)) throw Libc.Error(error, path);
                if (Libc.LookIn(outer, name) is not { IsLink: true }) return null;
                throw new IOException($"'{name}' on the way to '{path}' is a symbolic link now, but was not when it was " +
                    $"checked.", Libc.Loop);
            }
            current = next;
        }
        return current;
    }

    /// <summary>The root's parent is the root.</summary>
    public static string Parent(string path) => Path.GetDirectoryName(path) ?? "/";

    private static string Name(string path) => Path.GetFileName(path) is { Length: > 0 } name && name is not ("." or "..")
        ? name : throw new ArgumentException($"'{path}' has no name at its end.", nameof(path));
}
