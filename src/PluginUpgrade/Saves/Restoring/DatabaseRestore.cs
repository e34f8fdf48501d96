using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Saves.Restoring;

/// <summary>
/// Puts a whole database back: into a new one beside it, which in one transaction takes its name. Until then the live one is as it was;
/// what a killed host leaves is known by its comment, and the next restore drops it.
/// </summary>
/// <param name="elsewhere">A connection to another database of the server, with this restore's lock.</param>
internal sealed class DatabaseRestore(
    NpgsqlConnection elsewhere, RestoreTask task, string save, int jobs, ConnectionSettings settings)
{
    private readonly string _name = task.Target.DatabaseName;
    private readonly string _restoring = DatabasePlace.Restoring(task.Target.DatabaseName);
    private readonly string _before = DatabasePlace.Before(task.Target.DatabaseName);

    /// <summary>The new database is complete, and still has a name of its own.</summary>
    /// <returns>The number by which the server knows it.</returns>
    public async Task<long> PrepareAsync(CancellationToken cancellationToken)
    {
        await DropLeftoversAsync(cancellationToken);
        var live = await PlaceAsync(_name, cancellationToken);
        var options = live.Exists
            ? (await DatabasePlace.OptionsAsync(elsewhere, _name, cancellationToken))[0]
            : task.Archive.Database.OptionsFor(elsewhere.PostgreSqlVersion);
        await ExecuteAsync($"CREATE DATABASE {Quote(_restoring)}{options}", cancellationToken);
        SeededFault.Point("database made");
        await ExecuteAsync(MarkSql(_restoring), cancellationToken);
        SeededFault.Point("database marked");
        var database = DatabasePlace.In(task.Target, _restoring);
        var result = await ArchiveCall.Into(task.Archive, database, jobs, settings).RunAsync(cancellationToken);
        if (result.ExitCode != 0) throw new FormatException($"pg_restore ended with {result.ExitCode} and said: {result.Said}");
        SeededFault.Point("database restored");
        await VerifyAsync(database, cancellationToken);
        return (await PlaceAsync(_restoring, cancellationToken)).Oid!.Value;
    }

    /// <summary>Statements that put the new database in the live one's place; of one transaction, without its COMMIT.</summary>
    public async Task SwapAsync(CancellationToken cancellationToken)
    {
        var live = await PlaceAsync(_name, cancellationToken);
        var properties = live.Exists
            ? await DatabasePlace.PropertiesAsync(elsewhere, _name, cancellationToken)
            : [.. task.Archive.Database.Properties.Select(p => $"{p.Before}{Quote(_name)}{p.After}")
                .Prepend($"COMMENT ON DATABASE {Quote(_name)} IS NULL")];
        await ExecuteAsync("BEGIN", cancellationToken);
        if (live.Exists)
        {
            await ExecuteAsync($"ALTER DATABASE {Quote(_name)} RENAME TO {Quote(_before)}", cancellationToken);
            await ExecuteAsync(MarkSql(_before), cancellationToken);
        }
        await ExecuteAsync($"ALTER DATABASE {Quote(_restoring)} RENAME TO {Quote(_name)}", cancellationToken);
        foreach (var property in properties) await ExecuteAsync(property, cancellationToken);
        SeededFault.Point("databases renamed");
    }

    /// <summary>Removes what was restored and did not take the place, or what was replaced; and what killed hosts left.</summary>
    /// <exception cref="UpgradeException">A database of such a name is not ours.</exception>
    public async Task DropLeftoversAsync(CancellationToken cancellationToken)
    {
        foreach (var name in new[] { _restoring, _before })
        {
            if (!(await PlaceAsync(name, cancellationToken)).Exists) continue;
            if (await IsInTheWayAsync(name, cancellationToken))
                throw new UpgradeException(RestoreProblem.NameTaken(task.Target, name, "a database of that name is there, with data"));
            await ExecuteAsync($"DROP DATABASE {Quote(name)} WITH (FORCE)", cancellationToken);
        }
    }

    /// <summary>Whether a database has that name that no restore has made.</summary>
    public async Task<bool> IsInTheWayAsync(string name, CancellationToken cancellationToken) =>
        await PlaceAsync(name, cancellationToken) is { Exists: true, IsOurs: false }
        && !(name == _restoring && await IsEmptyAsync(name, cancellationToken));

    public Task<DatabasePlace> PlaceAsync(string name, CancellationToken cancellationToken) =>
        DatabasePlace.ReadAsync(elsewhere, name, settings.ApplicationName, cancellationToken);

    /// <summary>A host that was killed before it could mark what it had just made left a copy of template0.</summary>
    private async Task<bool> IsEmptyAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await Connections.OpenForReadingAsync(
            DatabasePlace.In(task.Target, name), settings, WaitFor.Return, cancellationToken);
        await using var query = new NpgsqlCommand("""
            SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384)
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384)
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
            """, connection);
        return await query.ExecuteScalarAsync(cancellationToken) is true;
    }

    private async Task VerifyAsync(string database, CancellationToken cancellationToken)
    {
        if (task.Saved.Versions.Count == 0) return;
        await using var connection = await Connections.OpenForReadingAsync(database, settings, WaitFor.Return, cancellationToken);
        await using var query = new NpgsqlCommand("SELECT pg_catalog.to_regclass($1) IS NOT NULL", connection)
        {
            Parameters = { new() { Value = Journal.Table(task.Saved.Schema) } },
        };
        if (await query.ExecuteScalarAsync(cancellationToken) is not true)
            throw new FormatException("It lacks the journal that was saved with it.");
    }

    private string MarkSql(string database) =>
        $"COMMENT ON DATABASE {Quote(database)} IS '{DatabasePlace.MarkOf(_name, save).Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Quote(string name) => PostgresName.Quote(name);

    private Task ExecuteAsync(string sql, CancellationToken cancellationToken) => ExecuteAsync(elsewhere, sql, cancellationToken);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(sql) }, Timeout = 0 };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
