using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Misbehaving;

/// <summary>Writes to standard output and standard error on every way there is, also past .NET.</summary>
internal static class Prints
{
    public static async Task EverywhereAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("{ \"printed\": \"console out\u001b[2J\" }");
        await Console.Error.WriteLineAsync("printed: console error\u001b[2J\u202e");
        await using (var stream = Console.OpenStandardOutput())
            await stream.WriteAsync("printed: stream\n"u8.ToArray(), cancellationToken);
        var line = Encoding.UTF8.GetBytes("printed: libc\n");
        _ = write(1, line, line.Length);
        using var child = Process.Start("/bin/sh", ["-c", "echo printed: child; echo printed: child error >&2"]);
        await child.WaitForExitAsync(cancellationToken);
    }

#pragma warning disable SYSLIB1054, CA2101 // as modules do
    [DllImport("libc")]
    private static extern nint write(int descriptor, byte[] bytes, nint count);
#pragma warning restore SYSLIB1054, CA2101
}
