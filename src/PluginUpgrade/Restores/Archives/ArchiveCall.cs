using System.Globalization;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Programs;

namespace PluginUpgrade.Restores.Archives;

/// <summary>The calls of pg_restore that read an archive.</summary>
internal static class ArchiveCall
{
    /// <summary>The archive's table of contents, with the database's own entries.</summary>
    public static ProgramCall List(RestoreArchive archive) => Call(archive, "--create", "--list", archive.Path);

    /// <summary>Entries of a list, as a script on standard output.</summary>
    /// <param name="list">A file with lines of <see cref="List"/>.</param>
    public static ProgramCall Script(RestoreArchive archive, string list) =>
        Call(archive, "--create", $"--use-list={list}", "--file=-", archive.Path);

    /// <summary>
    /// Everything in the schemas, as a script on standard output. pg_restore takes their names literally, not as patterns.
    /// </summary>
    /// <param name="section"><c>pre-data</c>, <c>data</c> or <c>post-data</c>; null: all.</param>
    public static ProgramCall Schemas(RestoreArchive archive, IEnumerable<string> schemas, string? section) => Call(archive,
    [
        .. schemas.Select(schema => $"--schema={schema}"), .. section is null ? (string[])[] : [$"--section={section}"],
        "--file=-", archive.Path,
    ]);

    /// <summary>Definitions without rows, as a script on standard output.</summary>
    /// <param name="schemas">Empty: all.</param>
    public static ProgramCall Definitions(RestoreArchive archive, IEnumerable<string> schemas) => Call(archive,
        [.. schemas.Select(schema => $"--schema={schema}"), "--section=pre-data", "--section=post-data", "--file=-", archive.Path]);

    /// <summary>Everything, as a script on standard output.</summary>
    public static ProgramCall All(RestoreArchive archive) => Call(archive, "--file=-", archive.Path);

    /// <summary>Restores everything into an existing, empty database.</summary>
    /// <param name="database">A connection string.</param>
    public static ProgramCall Into(RestoreArchive archive, string database, int jobs, ConnectionSettings settings) =>
        Call(archive, "--exit-on-error", "--no-password", string.Create(CultureInfo.InvariantCulture, $"--jobs={jobs}"),
            // The name is in the environment: as an argument it could be taken for a connection string.
            "--dbname=", archive.Path) with
        {
            Environment = ClientConnection.Environment(database, settings),
        };

    private static ProgramCall Call(RestoreArchive archive, params string[] arguments) => new()
    {
        File = archive.Programs.Restore,
        Arguments = arguments,
        Environment = new Dictionary<string, string?> { ["LC_ALL"] = "C" },
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
