using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace PluginUpgrade.Harness;

/// <summary>What a user sees: all that a program wrote to its terminal, as tmux, which is one, shows it.</summary>
public static partial class TerminalScreen
{
    private const string End = "<end of the screen>";

    private static int _count;

    /// <param name="written">With the sequences that move the cursor and set colours.</param>
    /// <param name="columns">How wide the terminal is. It is as high as it needs to be.</param>
    /// <returns>Lines without blanks at their ends.</returns>
    public static async Task<string> ShownAsync(string written, int columns)
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Root, "written");
        await File.WriteAllTextAsync(file, $"{written}\r\n{End}\r\n", TestContext.Current.CancellationToken);
        string[] server = ["-u", "-L", $"krang-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}", "-f", "/dev/null"];
        await TmuxAsync([.. server, "new-session", "-d", "-x", $"{columns}", "-y", "300", $"cat {file}; sleep 600"]);
        try
        {
            var shown = "";
            while (!shown.Contains(End, StringComparison.Ordinal))
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
                shown = await TmuxAsync([.. server, "capture-pane", "-p"]);
            }
            var lines = shown[..shown.IndexOf(End, StringComparison.Ordinal)].Split('\n').Select(line => line.TrimEnd());
            return $"{string.Join('\n', lines).TrimEnd()}\n";
        }
        finally
        {
            await TmuxAsync([.. server, "kill-server"]);
        }
    }

    /// <summary>
    /// With the same words for what differs from run to run, and as long where columns depend on it: times, durations, sizes, servers,
    /// directories, names of runs and saves.
    /// </summary>
    public static string Normalised(string written, TestInstallation installation) => Replace(
        // As many blanks: what is drawn later covers what was drawn before.
        Rate().Replace(written, rate => new string(' ', rate.Length)).Replace(installation.Root, "/srv/shops", StringComparison.Ordinal)
            .Replace($" on {Environment.MachineName}", " on db-admin", StringComparison.Ordinal),
        (Server(), "server: db.example:5432"), (Seconds(), "0.0 s"), (Stamp(), "20260101T000000Z"),
        (Time(), "2026-11-28 10:00"), (TimeWithSeconds(), "2026-11-28 10:00:00Z"),
        (Hash(), "000000000000"), (Identity(), "00000000-0000-0000-0000-000000000000"),
        (LongIdentity(), "-00000000000000000000000000000000"), (ShortIdentity(), "Z-00000000"), (Size(), "0.0 $1"));

    private static string Replace(string text, params (Regex What, string By)[] pairs) =>
        pairs.Aggregate(text, (left, pair) => pair.What.Replace(left, pair.By));

    private static async Task<string> TmuxAsync(string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        foreach (var name in (string[])["TMUX", "TMUX_PANE"]) start.Environment.Remove(name);
        (start.Environment["LC_ALL"], start.Environment["TERM"], start.Environment["SHELL"]) = ("C.UTF-8", "xterm-256color", "/bin/sh");
        using var tmux = Process.Start(start)!;
        var output = await tmux.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await tmux.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }

    [GeneratedRegex(@"(?m)^server: [^\r\n]*")]
    private static partial Regex Server();

    /// <summary>At the end of the live line, where it may be cut.</summary>
    [GeneratedRegex(@"(?<=━[^\r\n]*), [\d.]+( [steps/]*)?(?=\s*(\x1b|\r|\n|$))")]
    private static partial Regex Rate();

    [GeneratedRegex(@"\b\d+\.\d+ s\b")]
    private static partial Regex Seconds();

    [GeneratedRegex(@"\b\d{8}T\d{6}Z")]
    private static partial Regex Stamp();

    [GeneratedRegex(@"\b\d{4}-\d\d-\d\d \d\d:\d\d\b(?!:)")]
    private static partial Regex Time();

    /// <summary>Those of the year 2000 were set by a test.</summary>
    [GeneratedRegex(@"\b(?!2000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")]
    private static partial Regex TimeWithSeconds();

    [GeneratedRegex(@"(?<=  )[0-9a-f]{12}(?=  )")]
    private static partial Regex Hash();

    [GeneratedRegex(@"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")]
    private static partial Regex Identity();

    [GeneratedRegex(@"-[0-9a-f]{32}\b")]
    private static partial Regex LongIdentity();

    [GeneratedRegex(@"Z-[0-9a-f]{8}\b")]
    private static partial Regex ShortIdentity();

    [GeneratedRegex(@"\b\d+(?:\.\d)? (KB|MB|GB|B)\b")]
    private static partial Regex Size();
}
