using System.Runtime.InteropServices;

namespace PluginUpgrade.Unix;

/// <summary>The calls, named as in the C library. Paths are bytes with a final 0.</summary>
internal static class LibcCalls
{
    public const int CurrentDirectory = -100; // AT_FDCWD

#pragma warning disable SYSLIB1054 // LibraryImport would need unsafe code in the whole assembly
    [DllImport("libc")]
    public static extern uint geteuid();

    [DllImport("libc")]
    public static extern uint getegid();

    [DllImport("libc", SetLastError = true)]
    public static extern int statx(int directory, byte[] path, int flags, uint mask, byte[] answer);

    [DllImport("libc", SetLastError = true)]
    public static extern int open(byte[] path, int flags, uint mode);

    [DllImport("libc", SetLastError = true)]
    public static extern int openat(int directory, byte[] path, int flags, uint mode);

    [DllImport("libc", SetLastError = true)]
    public static extern int mkdirat(int directory, byte[] path, uint mode);

    [DllImport("libc", SetLastError = true)]
    public static extern int unlinkat(int directory, byte[] path, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int renameat(int fromDirectory, byte[] from, int toDirectory, byte[] to);

    [DllImport("libc", SetLastError = true)]
    public static extern int renameat2(int fromDirectory, byte[] from, int toDirectory, byte[] to, uint flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int linkat(int fromDirectory, byte[] from, int toDirectory, byte[] to, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int symlinkat(byte[] target, int directory, byte[] path);

    [DllImport("libc", SetLastError = true)]
    public static extern nint readlinkat(int directory, byte[] path, byte[] answer, nint size);

    [DllImport("libc", SetLastError = true)]
    public static extern int fchownat(int directory, byte[] path, uint user, uint group, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int chmod(byte[] path, uint mode);

    [DllImport("libc", SetLastError = true)]
    public static extern int faccessat(int directory, byte[] path, int mode, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int fsync(int handle);

    [DllImport("libc", SetLastError = true)]
    public static extern int flock(int handle, int operation);

    [DllImport("libc", SetLastError = true)]
    public static extern nint lgetxattr(byte[] path, byte[] name, IntPtr value, nint size);

    [DllImport("libc", SetLastError = true)]
    public static extern IntPtr realpath(byte[] path, IntPtr buffer);

    [DllImport("libc", SetLastError = true)]
    public static extern int kill(int process, int signal);

    [DllImport("libc")]
    public static extern void free(IntPtr memory);
#pragma warning restore SYSLIB1054
}
