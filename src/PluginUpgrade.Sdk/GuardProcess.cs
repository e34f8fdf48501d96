using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace PluginUpgrade;

/// <summary>krang-upgrade as a child process, when it has ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Said">The end of its standard error, or of its output where that is empty.</param>
internal sealed record GuardProcess(int ExitCode, string Said)
{
    /// <summary>In characters: enough for all that it says of a failure.</summary>
    private const int Longest = 8_000;

    /// <summary>What it says where another session holds the lock of the run or of a target (docs/errors.md).</summary>
    private static readonly string[] BusyCodes = ["KU-3008", "KU-3009", "KU-4030", "KU-5001"];

    /// <summary>A process that the child left behind may hold the other end of the pipes.</summary>
    private static readonly TimeSpan RestOfOutput = TimeSpan.FromSeconds(2);

    /// <summary>Whether it was refused because another process works on the installation.</summary>
    public bool IsBusy => ExitCode != 0 && BusyCodes.Any(code => Said.Contains(code, StringComparison.Ordinal));

    /// <param name="question">Its upgrade is set.</param>
    /// <param name="cancellationToken">Only ends the waiting.</param>
    public static Task<GuardProcess> RunAsync(GuardQuestion question, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var upgrade = question.Options.Upgrade!;
        var start = new ProcessStartInfo(upgrade[0], upgrade.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };
        try
        {
            return EndAsync(Process.Start(start)!).WaitAsync(cancellationToken);
        }
        catch (Win32Exception e)
        {
            throw question.Mistake("KU-9105", null,
                $"Schema {question.Schema} must be upgraded, but {upgrade[0]} cannot be started: {e.Message} Upgrade: {question.Upgrade}",
                e);
        }
    }

    /// <summary>Reads on if nobody waits any more: a full pipe would stop the upgrade.</summary>
    private static async Task<GuardProcess> EndAsync(Process process)
    {
        using var child = process;
        child.StandardInput.Close();
        var (output, error) = (new StringBuilder(), new StringBuilder());
        var reading = Task.WhenAll(CollectAsync(child.StandardOutput, output), CollectAsync(child.StandardError, error));
        await child.WaitForExitAsync().ConfigureAwait(false);
        try
        {
            await reading.WaitAsync(RestOfOutput).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // What has come is enough.
        }
        var said = Of(error);
        return new GuardProcess(child.ExitCode, said.Length > 0 ? said : Of(output));
    }

    private static async Task CollectAsync(StreamReader from, StringBuilder text)
    {
        var buffer = new char[4096];
        for (int read; (read = await from.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
        {
            lock (text)
            {
                text.Append(buffer, 0, read);
                if (text.Length > 2 * Longest) text.Remove(0, text.Length - Longest);
            }
        }
    }

    private static string Of(StringBuilder text)
    {
        lock (text) return $"{text}".Trim() is var all && all.Length > Longest ? all[^Longest..] : all;
    }
}
