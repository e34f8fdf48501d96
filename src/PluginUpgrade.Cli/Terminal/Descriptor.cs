using System.Runtime.InteropServices;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>The calls of the C library on file descriptors that .NET does not offer.</summary>
internal static class Descriptor
{
    private const int Interrupted = 4, WouldBlock = 11;

    /// <summary>Duplicates the descriptor with close-on-exec, so that no child inherits it; -1 on failure.</summary>
    public static int Keep(int descriptor) => Control(descriptor, 1030 /* F_DUPFD_CLOEXEC */, 10);

    /// <summary>
    /// Whether the process inherited the descriptor. An inherited one cannot have the close-on-exec flag; if it was closed at the start,
    /// the runtime has opened a file of its own under that number, with the flag.
    /// </summary>
    public static bool WasGiven(int descriptor) => Control(descriptor, 1 /* F_GETFD */, 0) is var marks && marks >= 0 && (marks & 1) == 0;

    /// <summary>Makes <paramref name="descriptor"/> a duplicate of <paramref name="other"/>.</summary>
    public static bool Replace(int descriptor, int other) => dup2(other, descriptor) >= 0;

    public static bool IsTerminal(int descriptor) => isatty(descriptor) == 1;

    /// <summary>The terminal's width in columns; null if unknown.</summary>
    public static int? Width(int terminal)
    {
        var size = new ushort[4];
        return ioctl(terminal, 0x5413 /* TIOCGWINSZ */, size) == 0 && size[1] > 0 ? size[1] : null;
    }

    /// <summary>How many files this process may have open. The runtime has already raised the soft limit to the hard limit.</summary>
    public static long Limit()
    {
        var limits = new long[2];
        return getrlimit(7 /* RLIMIT_NOFILE */, limits) != 0 || limits[0] < 0 ? long.MaxValue : limits[0];
    }

    /// <exception cref="IOException">Not all of it was written.</exception>
    public static void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var written = write(descriptor, in MemoryMarshal.GetReference(bytes), bytes.Length);
            var error = Marshal.GetLastPInvokeError();
            if (written >= 0) bytes = bytes[(int)written..];
            // Another program on the same terminal has made it non-blocking.
            else if (error == WouldBlock) _ = poll([descriptor, 4 /* POLLOUT */], 1, 1000);
            else if (error != Interrupted) throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
        }
    }

    /// <summary>Replaces this program by another in the same process (execv). Returns only on failure.</summary>
    public static void Become(string program, IReadOnlyList<string> arguments) => _ = execv(program, [program, .. arguments, null]);

    /// <summary>Ends the process at once (_exit): no exit handler runs.</summary>
    public static void EndProcess(int exitCode) => Exit(exitCode);

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static extern int Control(int descriptor, int command, int value);

#pragma warning disable SYSLIB1054, CA2101 // LibraryImport would need unsafe code in the whole assembly; arguments are UTF-8 here
    [DllImport("libc")]
    private static extern int getrlimit(int resource, [Out] long[] limits);

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void Exit(int exitCode);

    [DllImport("libc", SetLastError = true)]
    private static extern int dup2(int from, int to);

    [DllImport("libc")]
    private static extern int isatty(int descriptor);

    [DllImport("libc")]
    private static extern int ioctl(int descriptor, nuint request, [Out] ushort[] answer);

    [DllImport("libc", SetLastError = true)]
    private static extern nint write(int descriptor, in byte bytes, nint count);

    [DllImport("libc")]
    private static extern int poll(int[] descriptors, nuint count, int milliseconds);

    [DllImport("libc", SetLastError = true)]
    private static extern int execv(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string program,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments);
#pragma warning restore SYSLIB1054, CA2101
}
