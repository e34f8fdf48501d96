using System.Globalization;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Saves;

/// <summary>
/// The calls of pg_dump and pg_restore that write and check an archive. The plain format is never used: psql would execute what somebody
/// put into a name (CVE-2025-8714, CVE-2025-8715).
/// </summary>
internal static class Dump
{
    /// <param name="file">The archive's file or directory, which must not exist.</param>
    public static ProgramCall Write(PlannedArchive archive, string file, ConnectionSettings settings) => new()
    {
        File = archive.Programs.Dump,
        Arguments =
        [
            archive.Jobs > 0 ? "--format=directory" : "--format=custom",
            .. archive.Jobs > 0 ? (string[])[string.Create(CultureInfo.InvariantCulture, $"--jobs={archive.Jobs}")] : [],
            $"--file={file}",
            // A table that an application has locked is waited for as long as by a step.
            string.Create(CultureInfo.InvariantCulture, $"--lock-wait-timeout={(long)settings.LockTimeout.TotalMilliseconds}"),
            "--no-password", "--strict-names",
            .. archive.Schemas.Select(schema => $"--schema={Exactly(schema)}"),
        ],
        Environment = Environment(archive, settings),
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Reads the table of contents, without a connection.</summary>
    public static ProgramCall List(PlannedArchive archive, string file) => new()
    {
        File = archive.Programs.Restore,
        Arguments = ["--list", file],
        Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C" },
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>A name as a pattern that matches only itself: between double quotes, only double quotes are special.</summary>
    internal static string Exactly(string schema) => PostgresName.Quote(schema);

    private static Dictionary<string, string?> Environment(PlannedArchive archive, ConnectionSettings settings)
    {
        var environment = ClientConnection.Environment(archive.Targets[0].Database, settings);
        // Arguments are UTF-8, so for names that are not ASCII the server must know that. Otherwise data stays in its own encoding.
        if (archive.Database.Encoding != "SQL_ASCII" && !archive.Schemas.All(schema => System.Text.Ascii.IsValid(schema)))
            environment["PGCLIENTENCODING"] = "UTF8";
        return environment;
    }
}
