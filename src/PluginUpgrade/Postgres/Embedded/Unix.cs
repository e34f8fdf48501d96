using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>What the file system says of one entry, without following a link.</summary>
internal sealed record UnixEntry(
    uint Uid, uint Gid, bool IsDirectory, bool IsLink, bool IsFile, uint Permissions, (uint, uint, ulong) Identity);

/// <summary>The few calls of Linux that .NET does not offer: owners, and a directory that is made or refused in one step.</summary>
internal static class Unix
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint BasicStats = 0x7ff; // STATX_BASIC_STATS
    private const int FileExists = 17; // EEXIST
    private const int Invalid = 22; // EINVAL

    public static uint EffectiveUser => geteuid();

    public static uint EffectiveGroup => getegid();

    public static bool IsRoot => EffectiveUser == 0;

    /// <summary>Null where there is nothing of that name, or it cannot be seen.</summary>
    public static UnixEntry? Look(string path, bool follow = false)
    {
        // The layout of struct statx is the kernel's and the same on every architecture; that of struct stat is not.
        var raw = new byte[256];
        if (statx(CurrentDirectory, path, follow ? 0 : NoFollow, BasicStats, raw) != 0) return null;
        var mode = BitConverter.ToUInt16(raw, 28);
        var identity = (BitConverter.ToUInt32(raw, 136), BitConverter.ToUInt32(raw, 140), BitConverter.ToUInt64(raw, 32));
        return new UnixEntry(
            BitConverter.ToUInt32(raw, 20), BitConverter.ToUInt32(raw, 24),
            (mode & 0xF000) == 0x4000, (mode & 0xF000) == 0xA000, (mode & 0xF000) == 0x8000, mode & 0xFFFu, identity);
    }

    /// <summary>Makes a directory that only its owner may enter. False where something of that name exists, be it a link.</summary>
    public static bool TryMakePrivateDirectory(string path)
    {
        if (mkdir(path, 0x1C0 /* 0700 */) == 0) return true;
        var error = Marshal.GetLastPInvokeError();
        return error == FileExists ? false : throw Failure(path, error);
    }

    /// <summary>Gives an entry away; of a link the link itself, never what it names.</summary>
    public static void ChangeOwner(string path, uint uid, uint gid)
    {
        if (lchown(path, uid, gid) != 0) throw Failure(path, Marshal.GetLastPInvokeError());
    }

    /// <summary>Whether the system would run it, or load it as a library.</summary>
    public static bool MayExecute(string path) => access(path, 1 /* X_OK */) == 0;

    /// <summary>The path without links, so that one directory has one name.</summary>
    public static string RealPath(string path)
    {
        var resolved = realpath(path, IntPtr.Zero);
        if (resolved == IntPtr.Zero) throw Failure(path, Marshal.GetLastPInvokeError());
        try
        {
            return Marshal.PtrToStringUTF8(resolved)!;
        }
        finally
        {
            free(resolved);
        }
    }

    /// <summary>So that names in it survive a crash of the machine. A file system that cannot do that is left alone.</summary>
    public static void SyncDirectory(string path)
    {
        var handle = open(path, 0x80000 /* O_RDONLY | O_CLOEXEC */);
        if (handle < 0) throw Failure(path, Marshal.GetLastPInvokeError());
        try
        {
            if (fsync(handle) != 0 && Marshal.GetLastPInvokeError() is not Invalid) throw Failure(path, Marshal.GetLastPInvokeError());
        }
        finally
        {
            _ = close(handle);
        }
    }

    private static IOException Failure(string path, int error) => new($"{path}: {new Win32Exception(error).Message}");

#pragma warning disable SYSLIB1054, CA2101 // LibraryImport would need unsafe code in the whole assembly; paths are UTF-8 here
    [DllImport("libc")]
    private static extern uint geteuid();

    [DllImport("libc")]
    private static extern uint getegid();

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(
        int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] entry);

    [DllImport("libc", SetLastError = true)]
    private static extern int mkdir([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", SetLastError = true)]
    private static extern int lchown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint owner, uint group);

    [DllImport("libc")]
    private static extern int access([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode);

    [DllImport("libc", SetLastError = true)]
    private static extern IntPtr realpath([MarshalAs(UnmanagedType.LPUTF8Str)] string path, IntPtr buffer);

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(int handle);

    [DllImport("libc")]
    private static extern int close(int handle);

    [DllImport("libc")]
    private static extern void free(IntPtr memory);
#pragma warning restore SYSLIB1054, CA2101
}
