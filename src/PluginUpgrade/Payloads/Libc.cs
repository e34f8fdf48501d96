using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PluginUpgrade.Payloads;

internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A pipe, a socket, a device.</summary>
    Other,
}

/// <param name="Mode">The permission bits, those for set-user-id and sticky included.</param>
internal readonly record struct FileFacts(FileKind Kind, uint Mode, uint User, uint Group, ulong Device, ulong Inode);

/// <summary>
/// What .NET has no call for, or one that does more: <c>File.Move</c> copies where it cannot rename, and no directory can be synced.
/// Symbolic links are never followed. Errors come as the exceptions that .NET would throw.
/// </summary>
internal static class Libc
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int NotPermitted = 1, NoEntry = 2, WouldBlock = 11, NoAccess = 13, Exists = 17, CrossDevice = 18, NotADirectory = 20,
        Invalid = 22, TooManyLinks = 31, NameTooLong = 36, NoSuchCall = 38, NotEmpty = 39, NotSupported = 95;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>None where nothing is there.</summary>
    public static FileFacts? Look(string path)
    {
        // struct statx has one layout on every architecture, unlike struct stat.
        var answer = new byte[256];
        if (Statx(CurrentDirectory, Bytes(path), flags: 0x100 /* AT_SYMLINK_NOFOLLOW */, mask: 0x7ff, answer) != 0)
            return Marshal.GetLastPInvokeError() is NoEntry or NotADirectory ? null : throw Error(path);
        var mode = BitConverter.ToUInt16(answer, 28);
        var kind = (mode & 0xf000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Directory,
            0xa000 => FileKind.Link,
            _ => FileKind.Other,
        };
        var device = ((ulong)BitConverter.ToUInt32(answer, 136) << 32) | BitConverter.ToUInt32(answer, 140);
        var (user, group) = (BitConverter.ToUInt32(answer, 20), BitConverter.ToUInt32(answer, 24));
        return new FileFacts(kind, mode & 0xfffu, user, group, device, Inode: BitConverter.ToUInt64(answer, 32));
    }

    /// <summary>Fails where the destination exists.</summary>
    public static void Rename(string from, string to)
    {
        try
        {
            if (RenameAt2(CurrentDirectory, Bytes(from), CurrentDirectory, Bytes(to), flags: 1 /* RENAME_NOREPLACE */) == 0) return;
            if (Marshal.GetLastPInvokeError() is not (NoSuchCall or Invalid)) throw Error(from, to);
        }
        catch (EntryPointNotFoundException)
        {
            // An older C library; a file system may lack it too (Invalid, above).
        }
        if (Look(to) is not null) throw AlreadyThere(to);
        RenameOver(from, to);
    }

    public static void RenameOver(string from, string to)
    {
        if (RenamePlain(Bytes(from), Bytes(to)) != 0) throw Error(from, to);
    }

    /// <summary>False where the file system has no hard links, or these files may not have another.</summary>
    public static bool TryLink(string path, string link)
    {
        if (HardLink(Bytes(path), Bytes(link)) == 0) return true;
        if (Marshal.GetLastPInvokeError() is NotPermitted or TooManyLinks or NoSuchCall or NotSupported) return false;
        throw Error(path, link);
    }

    public static void MakeDirectory(string path, uint mode)
    {
        if (MkDir(Bytes(path), mode) != 0) throw Error(path);
    }

    public static void MakeLink(string path, string target)
    {
        if (SymLink(Bytes(target), Bytes(path)) != 0) throw Error(path);
    }

    public static void SetOwner(string path, uint user, uint group)
    {
        if (LChown(Bytes(path), user, group) != 0) throw Error(path);
    }

    public static void SetMode(string path, uint mode)
    {
        if (ChMod(Bytes(path), mode) != 0) throw Error(path);
    }

    public static void DeleteFile(string path)
    {
        if (Unlink(Bytes(path)) != 0) throw Error(path);
    }

    /// <summary>False where it is absent, holds something, or is no directory.</summary>
    public static bool TryDeleteDirectory(string path)
    {
        if (RmDir(Bytes(path)) == 0) return true;
        return Marshal.GetLastPInvokeError() is NoEntry or Exists or NotEmpty or NotADirectory ? false : throw Error(path);
    }

    /// <summary>Whether this process may make, rename and remove entries of the directory.</summary>
    public static bool MayChange(string directory) => Access(Bytes(directory), mode: 3 /* W_OK | X_OK */) == 0;

    public static void SyncDirectory(string path)
    {
        var handle = Open(Bytes(path), flags: 0x80000 /* O_RDONLY | O_CLOEXEC */);
        if (handle < 0) throw Error(path);
        try
        {
            // A file system that cannot sync directories says Invalid: there is no more to be had.
            if (FSync(handle) != 0 && Marshal.GetLastPInvokeError() != Invalid) throw Error(path);
        }
        finally
        {
            _ = Close(handle);
        }
    }

    /// <summary>
    /// False where another process holds it. True and nothing to hold where the file system has no such locks.
    /// </summary>
    public static bool TryLockDirectory(string path, out IDisposable? held)
    {
        held = null;
        var handle = Open(Bytes(path), flags: 0x80000 /* O_RDONLY | O_CLOEXEC */);
        if (handle < 0) throw Error(path);
        var file = new SafeFileHandle(handle, ownsHandle: true);
        if (FLock(handle, operation: 6 /* LOCK_EX | LOCK_NB */) == 0)
        {
            held = file;
            return true;
        }
        var error = Marshal.GetLastPInvokeError();
        file.Dispose();
        return error != WouldBlock;
    }

    public static IOException AlreadyThere(string path) => new($"'{path}' exists already.", Exists);

    private static Exception Error(string path, string? other = null)
    {
        var number = Marshal.GetLastPInvokeError();
        var text = $"{Marshal.GetPInvokeErrorMessage(number)}: '{path}'{(other is null ? "" : $" to '{other}'")}";
        return number switch
        {
            NoEntry => new FileNotFoundException(text, path),
            NotPermitted or NoAccess => new UnauthorizedAccessException(text),
            Exists => AlreadyThere(other ?? path),
            CrossDevice => new IOException($"'{path}' and '{other}' lie on different file systems.", number),
            NameTooLong => new PathTooLongException(text),
            _ => new IOException(text, number),
        };
    }

    private static byte[] Bytes(string path) => Strict.GetBytes(path + '\0');

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] answer);

    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    private static extern int RenameAt2(int fromDirectory, byte[] from, int toDirectory, byte[] to, uint flags);

    [DllImport("libc", EntryPoint = "rename", SetLastError = true)]
    private static extern int RenamePlain(byte[] from, byte[] to);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int HardLink(byte[] path, byte[] link);

    [DllImport("libc", EntryPoint = "symlink", SetLastError = true)]
    private static extern int SymLink(byte[] target, byte[] path);

    [DllImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    private static extern int MkDir(byte[] path, uint mode);

    [DllImport("libc", EntryPoint = "rmdir", SetLastError = true)]
    private static extern int RmDir(byte[] path);

    [DllImport("libc", EntryPoint = "unlink", SetLastError = true)]
    private static extern int Unlink(byte[] path);

    [DllImport("libc", EntryPoint = "chmod", SetLastError = true)]
    private static extern int ChMod(byte[] path, uint mode);

    [DllImport("libc", EntryPoint = "lchown", SetLastError = true)]
    private static extern int LChown(byte[] path, uint user, uint group);

    [DllImport("libc", EntryPoint = "access", SetLastError = true)]
    private static extern int Access(byte[] path, int mode);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int FSync(int handle);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static extern int FLock(int handle, int operation);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int handle);
}
