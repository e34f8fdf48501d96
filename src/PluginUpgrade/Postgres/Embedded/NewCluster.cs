using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Programs;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Postgres.Embedded;

/// <summary>Creates a cluster: complete under its name, or not at all.</summary>
internal static class NewCluster
{
    private const string Unfinished = "cluster.new-";

    /// <summary>Requires the start lock.</summary>
    /// <exception cref="UpgradeException">KU-6009: initdb failed; the message has its output.</exception>
    public static async Task MakeAsync(
        ServerFiles files, PostgresPrograms programs, PrivilegeDrop drop, bool durable, CancellationToken cancellationToken)
    {
        var result = await InitializeAsync("C.UTF-8");
        // Not every system has C.UTF-8. C sorts the same and differs only in which characters beyond ASCII are letters.
        if (result.ExitCode != 0 && result.Errors.Contains("invalid locale", StringComparison.Ordinal)) result = await InitializeAsync("C");
        if (result.ExitCode == 0) return;
        throw new UpgradeException(new Problem("KU-6009", files.Cluster,
            $"The embedded server's cluster could not be created; nothing of it was kept. initdb said: {result.Said}",
            "Fix the cause (free disk space, permissions), then run the same command."));

        async Task<ProgramResult> InitializeAsync(string locale)
        {
            var unfinished = Path.Combine(files.Directory, Unfinished + Guid.NewGuid().ToString("N")[..8]);
            ServerFiles.MakeFor(drop.User, unfinished);
            try
            {
                var result = await drop.Wrap(Initdb(programs, unfinished, locale, durable)).RunAsync(cancellationToken);
                if (result.ExitCode == 0) LinkFree.Rename(unfinished, files.Cluster);
                return result;
            }
            finally
            {
                await RemoveUnfinishedAsync(files, drop);
            }
        }
    }

    /// <summary>
    /// Removes clusters that a killed process left unfinished. This is done as the user who owns them: nothing that this user has put there
    /// can make root remove anything else.
    /// </summary>
    public static async Task RemoveUnfinishedAsync(ServerFiles files, PrivilegeDrop drop)
    {
        foreach (var directory in LinkFree.Entries(files.Directory).Where(IsUnfinished))
            try
            {
                if (LinkFree.Look(directory) is not { IsDirectory: true } state) continue;
                if (state.IsOurs) LinkFree.DeleteTree(directory);
                else
                    await drop.Wrap(new ProgramCall { File = "rm", Arguments = ["-rf", "--", directory] }).RunAsync(CancellationToken.None);
                // The directory's entry is in krang-upgrade's own directory, so krang-upgrade removes it.
                LinkFree.TryDeleteDirectory(directory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or UpgradeException)
            {
                // An initdb whose krang-upgrade was killed may still be writing. It does no harm; a later start removes the directory.
            }
    }

    private static bool IsUnfinished(string path) => Path.GetFileName(path) is var name
        && name.StartsWith(Unfinished, StringComparison.Ordinal)
        && name.Length == Unfinished.Length + 8 && name[Unfinished.Length..].All(char.IsAsciiHexDigitLower);

    private static ProgramCall Initdb(PostgresPrograms programs, string directory, string locale, bool durable) => new()
    {
        File = programs["initdb"],
        Arguments =
        [
            "--pgdata", directory, "--username", EmbeddedServer.Superuser, "--encoding", "UTF8", "--locale", locale, "--lc-messages", "C",
            // Everybody who may enter the socket's directory is let in. Network connections are rejected, even if somebody enables them.
            "--auth-local", "trust", "--auth-host", "reject", "--data-checksums", .. durable ? (string[])[] : ["--no-sync"],
        ],
        Timeout = TimeSpan.FromMinutes(5),
    };
}
