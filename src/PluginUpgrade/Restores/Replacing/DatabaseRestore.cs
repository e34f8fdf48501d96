using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// Restores a whole database into a new one beside it, which takes its name in one transaction. Until then the live one is unchanged. What
/// a killed process leaves is recognised by its comment, and dropped by the next restore.
/// </summary>
/// <param name="elsewhere">A connection to another database of the server, with this restore's lock.</param>
internal sealed class DatabaseRestore(
    NpgsqlConnection elsewhere, RestoreTask task, string save, int jobs, IReadOnlyList<string> searchPath, ConnectionSettings settings)
{
    private const string OwnerTo = " OWNER TO ";

    /// <summary>The system's message, which PostgreSQL includes as it is in most languages.</summary>
    private const string NoRoom = "No space left on device";

    private readonly string _name = task.Target.DatabaseName;
    private readonly string _restoring = ExistingDatabase.Restoring(task.Target.DatabaseName);
    private readonly string _before = ExistingDatabase.Before(task.Target.DatabaseName);

    /// <summary>Creates and fills the new database, which keeps a name of its own for now.</summary>
    /// <returns>Its oid.</returns>
    public async Task<long> PrepareAsync(CancellationToken cancellationToken)
    {
        await DropLeftoversAsync(cancellationToken);
        var live = await PlaceAsync(_name, cancellationToken);
        var options = live.Exists
            ? (await ExistingDatabase.OptionsAsync(elsewhere, _name, cancellationToken))[0]
            : task.Archive.Database.OptionsFor(elsewhere.PostgreSqlVersion);
        if (await WrongAsync(options, cancellationToken) is { } wrong && !await ReplayAsync(options, wrong, cancellationToken)) throw wrong;
        return (await PlaceAsync(_restoring, cancellationToken)).Oid!.Value;
    }

    /// <summary>Restores with pg_restore, several tables at a time.</summary>
    /// <returns>Why the result must not be kept; null if it is right.</returns>
    private async Task<Exception?> WrongAsync(string options, CancellationToken cancellationToken)
    {
        await MakeAsync(options, cancellationToken);
        var result = await ArchiveCall.Into(task.Archive, ExistingDatabase.In(task.Target, _restoring), jobs, settings)
            .RunAsync(cancellationToken);
        var failed = new FormatException($"pg_restore ended with {result.ExitCode} and said: {result.Said}");
        // Without disk space for it, another way of loading fails too.
        if (result.ExitCode > 1 || result.Said.Contains(NoRoom, StringComparison.Ordinal)) throw failed;
        if (result.ExitCode == 1) return failed;
        SeededFault.Point("database restored");
        var differences = await DifferencesAsync(cancellationToken);
        return differences.Count == 0 ? null : new UpgradeException(RestoreProblem.Differs(task.Target, differences));
    }

    /// <summary>
    /// Restores table after table in this process: with search paths that pg_restore does not know, and after removing the rows that
    /// extensions inserted into their tables themselves.
    /// </summary>
    /// <param name="first">The failure of pg_restore: it is reported if this fails too.</param>
    private async Task<bool> ReplayAsync(string options, Exception first, CancellationToken cancellationToken)
    {
        var extensions = task.Archive.Inventory?.Items.Values.Where(item => item.Name.StartsWith("extension ", StringComparison.Ordinal))
            .Select(item => item.State["in schema ".Length..].Trim('"')) ?? [];
        var spaces = task.Archive.Inventory?.Items.Values.Select(item => item.Space).Where(space => space.Length > 0).Distinct() ?? [];
        foreach (var path in ReplayPaths.Of(task.Saved.Schema, searchPath, extensions.Union(spaces)))
            try
            {
                await DropAsync(_restoring, cancellationToken);
                await MakeAsync(options, cancellationToken);
                IReadOnlyList<string> miscounted;
                await using (var connection = await OpenAsync(cancellationToken))
                {
                    foreach (var sql in Connections.SessionSql(connection.PostgreSqlVersion, settings))
                        await ExecuteAsync(connection, sql, cancellationToken);
                    await ExecuteAsync(connection, ScriptReplay.SettingsSql(path, local: false), cancellationToken);
                    var replay = new ScriptReplay(connection, keeps: null, _ => { });
                    await replay.RunAsync(ArchiveCall.All(task.Archive), cancellationToken);
                    miscounted = await replay.MiscountedAsync(cancellationToken);
                }
                if (miscounted.Count == 0 && (await DifferencesAsync(cancellationToken)).Count == 0) return true;
            }
            catch (Exception e) when (ReplayPaths.MayMatter(e))
            {
                // Another search path may work.
            }
            catch (NpgsqlException e)
            {
                throw new FormatException($"{first.Message} A second attempt, in another way, failed too: {SqlErrors.Describe(e)}", e);
            }
        return false;
    }

    private async Task MakeAsync(string options, CancellationToken cancellationToken)
    {
        await ExecuteAsync($"CREATE DATABASE {Quote(_restoring)}{options}", cancellationToken);
        SeededFault.Point("database made");
        await ExecuteAsync(MarkSql(_restoring), cancellationToken);
        SeededFault.Point("database marked");
        // Before the database is filled: its owner also owns its schema public, and may become the owner of objects there.
        var owner = (await PlaceAsync(_name, cancellationToken)).Owner is { } live ? Quote(live) : OwnerThen();
        if (owner is not null) await ExecuteAsync($"ALTER DATABASE {Quote(_restoring)} OWNER TO {owner}", cancellationToken);
    }

    /// <summary>The owner in the save, quoted.</summary>
    private string? OwnerThen() => task.Archive.Database.Properties.Select(property => property.After)
        .FirstOrDefault(after => after.StartsWith(OwnerTo, StringComparison.Ordinal))?[OwnerTo.Length..];

    /// <summary>Puts the new database in the live one's place: one transaction, without its COMMIT.</summary>
    public async Task SwapAsync(CancellationToken cancellationToken)
    {
        var live = await PlaceAsync(_name, cancellationToken);
        var properties = live.Exists
            ? await ExistingDatabase.PropertiesAsync(elsewhere, _name, cancellationToken)
            : [.. task.Archive.Database.Properties.Select(property => property.Sql(_name))
                .Prepend($"COMMENT ON DATABASE {Quote(_name)} IS NULL")];
        await ExecuteAsync("BEGIN", cancellationToken);
        if (live.Exists)
        {
            await ExecuteAsync(SameCommentSql(_name, _restoring), cancellationToken);
            await ExecuteAsync($"ALTER DATABASE {Quote(_name)} RENAME TO {Quote(_before)}", cancellationToken);
            await ExecuteAsync(MarkSql(_before), cancellationToken);
        }
        await ExecuteAsync($"ALTER DATABASE {Quote(_restoring)} RENAME TO {Quote(_name)}", cancellationToken);
        foreach (var property in properties) await ExecuteAsync(property, cancellationToken);
        SeededFault.Point("databases renamed");
    }

    /// <summary>Drops the new database if it did not take the place, or the replaced one, and what killed processes left.</summary>
    /// <exception cref="UpgradeException">A database of such a name was not created by a restore.</exception>
    public async Task DropLeftoversAsync(CancellationToken cancellationToken)
    {
        foreach (var name in new[] { _restoring, _before })
        {
            if (!(await PlaceAsync(name, cancellationToken)).Exists) continue;
            if (await IsInTheWayAsync(name, cancellationToken))
                throw new UpgradeException(RestoreProblem.NameTaken(
                task.Target, name, "a database with that name exists and contains data"));
            await DropAsync(name, cancellationToken);
        }
    }

    /// <summary>A template database cannot be dropped, so it stops being one first.</summary>
    private async Task DropAsync(string name, CancellationToken cancellationToken)
    {
        await ExecuteAsync($"ALTER DATABASE {Quote(name)} IS_TEMPLATE false", cancellationToken);
        await ExecuteAsync($"DROP DATABASE {Quote(name)} WITH (FORCE)", cancellationToken);
    }

    /// <summary>Whether a database has that name and was not created by a restore.</summary>
    public async Task<bool> IsInTheWayAsync(string name, CancellationToken cancellationToken) =>
        await PlaceAsync(name, cancellationToken) is { Exists: true, IsOurs: false }
        && !(name == _restoring && await IsEmptyAsync(name, cancellationToken));

    public Task<ExistingDatabase> PlaceAsync(string name, CancellationToken cancellationToken) =>
        ExistingDatabase.ReadAsync(elsewhere, name, settings.ApplicationName, cancellationToken);

    /// <summary>A process that was killed before it could mark its new database left a copy of template0.</summary>
    private async Task<bool> IsEmptyAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await Connections.OpenForReadingAsync(
            ExistingDatabase.In(task.Target, name), settings, WaitFor.Return, cancellationToken);
        await using var query = new NpgsqlCommand("""
            SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384)
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384)
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
            """, connection);
        return await query.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>An archive that holds less than its manifest says must not replace anything.</summary>
    private async Task<IReadOnlyList<string>> DifferencesAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await ExecuteAsync(connection, ScriptReplay.SettingsSql("pg_catalog, pg_temp", local: false), cancellationToken);
        if (task.Saved.Versions.Count > 0)
        {
            await using var query = new NpgsqlCommand("SELECT pg_catalog.to_regclass($1) IS NOT NULL", connection)
            {
                Parameters = { new() { Value = Journal.Table(task.Saved.Schema) } },
            };
            if (await query.ExecuteScalarAsync(cancellationToken) is not true)
                throw new FormatException("The journal that was saved with it is missing.");
        }
        return task.Archive.Inventory is { } saved
            ? saved.Differences(await Inventory.ReadAsync(connection, null, cancellationToken)) : [];
    }

    private Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => Connections.OpenForReadingAsync(
        ExistingDatabase.In(task.Target, _restoring), settings, WaitFor.Return, cancellationToken);

    /// <summary>Done inside the server: a comment is stored in the encoding of the database from which it was written.</summary>
    private static string SameCommentSql(string from, string to) => $"""
        DO $krang$BEGIN EXECUTE pg_catalog.format('COMMENT ON DATABASE %I IS %L', {Text(to)}::text, (
          SELECT pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database d
          WHERE d.datname = {Text(from)})); END$krang$
        """;

    private static string Text(string name) => DumpStatement.ExpressionOf(name, null);

    private string MarkSql(string database) =>
        $"COMMENT ON DATABASE {Quote(database)} IS '{ExistingDatabase.MarkOf(_name, save).Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Quote(string name) => PostgresName.Quote(name);

    private Task ExecuteAsync(string sql, CancellationToken cancellationToken) => ExecuteAsync(elsewhere, sql, cancellationToken);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(sql) }, Timeout = 0 };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
