using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace PluginUpgrade.Unix;

/// <summary>How many files and connections this process may have open, and what to say where they are too few.</summary>
public static class OpenFiles
{
    /// <summary>The runtime and this program's own files take some 120 of them.</summary>
    private const ulong Least = 256;

    private const string Code = "KU-9003";

    public static Problem TooFew(string what) => new(Code, "",
        $"{what}: this process may have too few files and connections open at a time. What was committed stays; the rest was rolled back.",
        "Raise the limit (ulimit -n 4096; LimitNOFILE= of a systemd unit), or lower --parallel, and run the same command.");

    /// <summary>
    /// Whether the limit is too low for this program to begin at all. Said without anything that needs a file: the runtime would end the
    /// process when it cannot load its next part.
    /// </summary>
    public static bool AreTooFew(bool json)
    {
        if (!OperatingSystem.IsLinux() || getrlimit(7 /* RLIMIT_NOFILE */, out var limit) != 0 || limit.Current >= Least) return false;
        const string message = "This process may have too few files open at a time: at least 256 are needed. Nothing was changed.";
        const string remedy = "Raise the limit: ulimit -n 4096, or LimitNOFILE= of a systemd unit.";
        if (json)
            Say(1, "{\"outcome\":\"refused\",\"exitCode\":2,\"problems\":[{\"code\":\"" + Code + "\",\"subject\":\"\",\"message\":\""
                + message + "\",\"remedy\":\"" + remedy + "\",\"severity\":\"error\"}]}\n");
        else Say(2, "error " + Code + " " + message + "\n  -> " + remedy + "\nrefused: 1 problem; nothing was changed.\n");
        return true;
    }

    /// <summary>Whether a failure comes of that, whatever it calls itself.</summary>
    public static bool RanOut(object? thrown)
    {
        for (var e = thrown as Exception; e is not null; e = e.InnerException)
            if (e is IOException { HResult: Libc.ProcessFiles or Libc.SystemFiles }
                or SocketException { SocketErrorCode: SocketError.TooManyOpenSockets }
                or Win32Exception { NativeErrorCode: Libc.ProcessFiles or Libc.SystemFiles }) return true;
        return false;
    }

    private static void Say(int handle, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _ = write(handle, bytes, bytes.Length);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Current, Most;
    }

#pragma warning disable SYSLIB1054, CA2101 // as in LibcCalls
    [DllImport("libc")]
    private static extern int getrlimit(int resource, out Limit limit);

    [DllImport("libc")]
    private static extern nint write(int handle, byte[] bytes, nint count);
#pragma warning restore SYSLIB1054, CA2101
}
