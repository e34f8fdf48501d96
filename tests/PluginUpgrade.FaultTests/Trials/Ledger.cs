using System.Diagnostics;
using System.Globalization;

namespace PluginUpgrade.FaultTests.Trials;

/// <summary>
/// What was tried adds up over invocations: where <c>KRANG_LEDGER</c> names a file, each run of a suite adds a line to it, separated by
/// tabs: date, commit, suite, PostgreSQL, seed, trials, faults, violations, seconds. The project's own is docs/reliability-ledger.tsv.
/// </summary>
internal static class Ledger
{
    private static readonly Lock Writing = new();

    /// <summary>When the run began: by its end somebody may have gone on.</summary>
    private static readonly string Commit = Git("rev-parse", "--short", "HEAD");

    /// <summary>A relative path is one below the repository's top: a test's own current directory is nobody's concern.</summary>
    private static readonly string? File = Environment.GetEnvironmentVariable("KRANG_LEDGER") is { Length: > 0 } file
        ? Path.GetFullPath(file, Git("rev-parse", "--show-toplevel")) : null;

    /// <summary>To be called when a suite begins: a ledger that cannot be written is found now, not after an hour of trials.</summary>
    public static void Begin()
    {
        _ = Commit;
        if (File is not null) System.IO.File.AppendAllText(File, "");
    }

    public static void Add(string suite, int seed, int trials, int faults, int violations, TimeSpan duration)
    {
        if (File is null) return;
        string[] fields =
        [
            DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Commit, suite,
            TestServer.Version, $"{seed}", $"{trials}", $"{faults}", $"{violations}",
            duration.TotalSeconds.ToString("0", CultureInfo.InvariantCulture),
        ];
        lock (Writing) System.IO.File.AppendAllText(File, string.Join('\t', fields) + '\n');
    }

    private static string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", AppContext.BaseDirectory, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        return git.StandardOutput.ReadToEnd().Trim();
    }
}
