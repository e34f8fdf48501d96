using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace PluginUpgrade.Unix;

/// <summary>
/// Calls that .NET does not have, or that do more in .NET: <c>File.Move</c> copies where it cannot rename, and directories cannot be
/// synced. Errors become the exceptions that .NET would throw.
/// </summary>
internal static class Libc
{
    internal const int NotPermitted = 1, NoEntry = 2, WouldBlock = 11, NoMemory = 12, NoAccess = 13, Exists = 17, CrossDevice = 18,
        NotADirectory = 20, Invalid = 22, ProcessFiles = 24, SystemFiles = 23, TooManyLinks = 31, NameTooLong = 36, NoSuchCall = 38,
        NotEmpty = 39, Loop = 40, NotSupported = 95;

    private const int NoFollowing = 0x100, EmptyPath = 0x1000; // AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public static uint EffectiveUser => LibcCalls.geteuid();

    public static uint EffectiveGroup => LibcCalls.getegid();

    public static bool IsRoot => EffectiveUser == 0;

    /// <summary>Null if nothing has that name, or it cannot be seen. Links in the directories are followed.</summary>
    /// <param name="follow">Whether a link of that name is followed too.</param>
    public static FileState? Look(string path, bool follow = false)
    {
        var answer = new byte[256];
        return LibcCalls.statx(LibcCalls.CurrentDirectory, Bytes(path), follow ? 0 : NoFollowing, 0x7ff, answer) == 0
            ? State(answer) : null;
    }

    /// <summary>For an open file or directory, which nobody can exchange any more.</summary>
    public static FileState Look(SafeFileHandle handle)
    {
        var answer = new byte[256];
        if (LibcCalls.statx(Number(handle), [0], EmptyPath, 0x7ff, answer) != 0) throw Error("an open file");
        return State(answer);
    }

    /// <summary>The entry itself in an open directory, without following it; null if there is none.</summary>
    public static FileState? LookIn(SafeFileHandle directory, string name)
    {
        var answer = new byte[256];
        if (LibcCalls.statx(Number(directory), Bytes(name), NoFollowing, 0x7ff, answer) == 0) return State(answer);
        return Marshal.GetLastPInvokeError() is NoEntry or NotADirectory ? null : throw Error(name);
    }

    /// <summary>The path without links, so that one directory has one name.</summary>
    public static string RealPath(string path)
    {
        var resolved = LibcCalls.realpath(Bytes(path), IntPtr.Zero);
        if (resolved == IntPtr.Zero) throw Error(path);
        try
        {
            return Marshal.PtrToStringUTF8(resolved)!;
        }
        finally
        {
            LibcCalls.free(resolved);
        }
    }

    /// <summary>Whether the system would run it, or load it as a library.</summary>
    public static bool MayExecute(string path) => LibcCalls.faccessat(LibcCalls.CurrentDirectory, Bytes(path), 1 /* X_OK */, 0) == 0;

    /// <summary>Whether it has an access control list, which may let more users write than its mode shows.</summary>
    public static bool HasAccessList(string path) =>
        LibcCalls.lgetxattr(Bytes(path), Bytes("system.posix_acl_access"), IntPtr.Zero, 0) > 0;

    /// <summary>False if another process holds the lock. True without a handle if the file system has no such locks.</summary>
    public static bool TryLockDirectory(string path, out IDisposable? held)
    {
        held = null;
        var directory = Open(path, OpenFlags.Directory);
        if (TryLock(directory, exclusive: true))
        {
            held = directory;
            return true;
        }
        var error = Marshal.GetLastPInvokeError();
        directory.Dispose();
        return error != WouldBlock;
    }

    /// <summary>flock(2) without waiting. The lock ends when the last process that has inherited the handle closes it.</summary>
    public static bool TryLock(SafeFileHandle handle, bool exclusive) =>
        LibcCalls.flock(Number(handle), exclusive ? 6 /* LOCK_EX | LOCK_NB */ : 5 /* LOCK_SH | LOCK_NB */) == 0;

    /// <summary>Child processes do not inherit the handle. Links on the way are followed.</summary>
    public static SafeFileHandle Open(string path, int flags, uint mode = 0) =>
        Handle(LibcCalls.open(Bytes(path), flags | OpenFlags.CloseOnExec, mode), path);

    public static SafeFileHandle OpenIn(SafeFileHandle directory, string name, int flags, string path, uint mode = 0) =>
        Handle(LibcCalls.openat(Number(directory), Bytes(name), flags | OpenFlags.CloseOnExec, mode), path);

    public static void DeleteIn(SafeFileHandle directory, string name, string path)
    {
        if (LibcCalls.unlinkat(Number(directory), Bytes(name), 0) != 0) throw Error(path);
    }

    public static SafeFileHandle? TryOpenIn(SafeFileHandle directory, string name, int flags)
    {
        var number = LibcCalls.openat(Number(directory), Bytes(name), flags | OpenFlags.CloseOnExec, 0);
        return number < 0 ? null : new SafeFileHandle(number, ownsHandle: true);
    }

    /// <summary>Makes written data, or the names in a directory, survive a crash of the machine.</summary>
    public static void Sync(SafeFileHandle handle, string path)
    {
        // A file system that cannot sync directories returns EINVAL: no more can be done.
        if (LibcCalls.fsync(Number(handle)) != 0 && Marshal.GetLastPInvokeError() != Invalid) throw Error(path);
    }

    public static void SetMode(SafeFileHandle handle, uint mode, string path)
    {
        // Through its name in /proc, the only way for a handle that was opened with O_PATH.
        if (LibcCalls.chmod(Bytes(NameOf(handle)), mode) != 0) throw Error(path);
    }

    public static void SetOwner(SafeFileHandle handle, uint user, uint group, string path)
    {
        if (LibcCalls.fchownat(Number(handle), [0], user, group, EmptyPath) != 0) throw Error(path);
    }

    /// <summary>A path to the open file or directory, even if its name has changed.</summary>
    public static string NameOf(SafeFileHandle handle) => $"/proc/self/fd/{Number(handle)}";

    public static int Number(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    public static byte[] Bytes(string path) => Strict.GetBytes(path + '\0');

    public static IOException AlreadyThere(string path) => new($"'{path}' exists already.", Exists);

    /// <summary>The exception for the error of the last call.</summary>
    public static Exception Error(string path, string? other = null) => Error(Marshal.GetLastPInvokeError(), path, other);

    public static Exception Error(int number, string path, string? other = null)
    {
        var text = $"{Marshal.GetPInvokeErrorMessage(number)}: '{path}'{(other is null ? "" : $" to '{other}'")}";
        return number switch
        {
            NoEntry => new FileNotFoundException(text, path),
            NotPermitted or NoAccess => new UnauthorizedAccessException(text),
            Exists => AlreadyThere(other ?? path),
            CrossDevice => new IOException($"'{path}' and '{other}' are on different file systems.", number),
            NameTooLong => new PathTooLongException(text),
            Loop => new IOException($"'{path}' is a symbolic link, which is not followed here.", number),
            _ => new IOException(text, number),
        };
    }

    private static SafeFileHandle Handle(int number, string path) =>
        number >= 0 ? new SafeFileHandle(number, ownsHandle: true) : throw Error(path);

    /// <summary>struct statx has one layout on every architecture, unlike struct stat.</summary>
    private static FileState State(byte[] answer)
    {
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
        return new FileState(kind, mode & 0xfffu, user, group, device,
            Inode: BitConverter.ToUInt64(answer, 32), Length: BitConverter.ToInt64(answer, 40));
    }
}
