using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// Restores a schema in one transaction, which it leaves open: until the commit, nobody sees any of it. The result is compared with what
/// was saved. Rules of the database for new objects are disabled where possible, and what they did anyway is undone.
/// </summary>
/// <param name="connection">Holds the target's lock.</param>
/// <param name="searchPath">The setting <c>Run:SearchPath</c>.</param>
/// <param name="report">Gets the number of bytes of the script that were read.</param>
internal sealed class SchemaRestore(
    NpgsqlConnection connection, RestoreTask task, IReadOnlyList<string> searchPath, Action<long> report)
{
    /// <summary>The tasks of this transaction.</summary>
    private readonly IReadOnlyList<RestoreTask> _tasks = task.Together is [] ? [task] : task.Together;

    private IReadOnlyList<string> Schemas => [.. _tasks.Select(one => one.Target.Schema)];

    /// <returns>What identifies the schema after the commit; see <see cref="ExistingSchema.EvidenceAsync"/>.</returns>
    /// <exception cref="UpgradeException">
    /// Objects elsewhere depend on the schema; the archive is not what it should be; or the restored schema differs from the saved one.
    /// </exception>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        await Sql.ExecuteAsync(connection, "BEGIN", cancellationToken);
        await Sql.ExecuteAsync(connection, QuietSql, cancellationToken);
        var schemas = await ExistingSchema.ReadAsync(connection, Schemas, cancellationToken);
        foreach (var one in _tasks)
            if (schemas[one.Target.Schema].ExternalDependentsOf(Schemas) is { Count: > 0 } dependents)
                throw new UpgradeException(SaveProblem.ExternalDependents(one.Target, dependents));
        Exception? first = null;
        foreach (var path in ReplayPaths.Of(task.Target.Schema, searchPath, await ExtensionSchemasAsync(cancellationToken)))
            try
            {
                await Sql.ExecuteAsync(connection, "SAVEPOINT krang_upgrade_restore", cancellationToken);
                await FillAsync(path, schemas, cancellationToken);
                return await ExistingSchema.EvidenceAsync(connection, Schemas, cancellationToken);
            }
            catch (Exception e) when (ReplayPaths.MayMatter(e))
            {
                first ??= e;
                await Sql.ExecuteAsync(connection, "ROLLBACK TO SAVEPOINT krang_upgrade_restore", cancellationToken);
            }
        throw first!;
    }

    private async Task FillAsync(string path, IReadOnlyDictionary<string, ExistingSchema> schemas, CancellationToken cancellationToken)
    {
        ScriptReplay replay = null!;
        var later = new Later(connection, Schemas);
        replay = new ScriptReplay(connection, (statement, token) => later.KeepsAsync(replay, statement, token), report);
        await Sql.ExecuteAsync(connection, ScriptReplay.SettingsSql(path, local: true), cancellationToken);
        var published = await ExistingSchema.PublishSqlAsync(connection, Schemas, cancellationToken);
        foreach (var one in _tasks) await EmptyAsync(replay, one, schemas[one.Target.Schema], cancellationToken);
        await replay.FlushAsync(cancellationToken);
        SeededFault.Point("schema emptied");
        await ReplayAsync(replay, cancellationToken);
        await later.EndAsync(replay, cancellationToken);
        foreach (var statement in published) await replay.SendAsync(statement, cancellationToken);
        await replay.FlushAsync(cancellationToken);
        SeededFault.Point("contents restored");
        // Only the owner can change a schema's own properties: another role has not changed them either.
        foreach (var one in _tasks.Where(one => schemas[one.Target.Schema].IsOwner))
            await RestoreFrameAsync(replay, one, cancellationToken);
        await VerifyAsync(replay, cancellationToken);
    }

    /// <summary>
    /// Schemas of several archives are restored by section, because they depend on each other by what comes last: keys, triggers, rules.
    /// </summary>
    private async Task ReplayAsync(ScriptReplay replay, CancellationToken cancellationToken)
    {
        List<List<RestoreTask>> archives = [.. _tasks.GroupBy(one => one.Archive.Path).Select(group => group.ToList())];
        foreach (var section in archives.Count == 1 ? [null] : (string?[])["pre-data", "data", "post-data"])
            foreach (var tasks in archives)
                await replay.RunAsync(
                    ArchiveCall.Schemas(tasks[0].Archive, tasks.Select(one => one.Target.Schema), section), cancellationToken);
    }

    private async Task EmptyAsync(ScriptReplay replay, RestoreTask one, ExistingSchema schema, CancellationToken cancellationToken)
    {
        var frame = one.Archive.Schemas[one.Target.Schema];
        if (schema.Exists) await ExistingSchema.DropAsync(connection, one.Target.Schema, cancellationToken);
        else await replay.SendAsync(frame.Create, cancellationToken);
        if (frame.Owner is not null && schema.IsOwner) await replay.SendAsync(frame.Owner, cancellationToken);
    }

    private async Task RestoreFrameAsync(ScriptReplay replay, RestoreTask one, CancellationToken cancellationToken)
    {
        var schema = one.Target.Schema;
        foreach (var statement in await ExistingSchema.ResetRightsSqlAsync(connection, schema, cancellationToken))
            await replay.SendAsync(statement, cancellationToken);
        await replay.SendAsync($"COMMENT ON SCHEMA {PostgresName.Quote(schema)} IS NULL", cancellationToken);
        foreach (var statement in one.Archive.Schemas[schema].Rest) await replay.SendAsync(statement, cancellationToken);
        await replay.FlushAsync(cancellationToken);
    }

    /// <summary>
    /// Checks that the journal is there if it was saved: an archive that holds less than its manifest says is not committed. Then compares
    /// the numbers of rows, and everything else.
    /// </summary>
    private async Task VerifyAsync(ScriptReplay replay, CancellationToken cancellationToken)
    {
        foreach (var one in _tasks)
            if (one.Saved.Versions.Count > 0 && !await HasJournalAsync(one, cancellationToken))
                throw new FormatException("The journal that was saved with it is missing.");
        var differences = (await replay.MiscountedAsync(cancellationToken)).ToList();
        await ReadingAsync(cancellationToken);
        foreach (var one in _tasks)
        {
            if (one.Archive.Inventory?.Of(one.Target.Schema) is not { } saved) continue;
            var now = await Inventory.ReadAsync(connection, [one.Target.Schema], cancellationToken);
            var corrections = RowSecurity.Corrections(saved, now).ToList();
            foreach (var statement in corrections) await replay.SendAsync(statement, cancellationToken);
            await replay.FlushAsync(cancellationToken);
            if (corrections.Count > 0) now = await Inventory.ReadAsync(connection, [one.Target.Schema], cancellationToken);
            differences.AddRange(saved.Differences(now));
        }
        if (differences.Count > 0) throw new UpgradeException(RestoreProblem.Differs(task.Target, differences));
    }

    private Task ReadingAsync(CancellationToken cancellationToken) =>
        Sql.ExecuteAsync(connection, ScriptReplay.SettingsSql("pg_catalog, pg_temp", local: true), cancellationToken);

    private async Task<bool> HasJournalAsync(RestoreTask one, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT pg_catalog.to_regclass($1) IS NOT NULL", connection)
        {
            Parameters = { new() { Value = Journal.Table(one.Target.Schema) } },
        };
        return await query.ExecuteScalarAsync(cancellationToken) is true;
    }

    private async Task<List<string>> ExtensionSchemasAsync(CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT DISTINCT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
            """, connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<string> schemas = [];
        while (await reader.ReadAsync(cancellationToken)) schemas.Add(reader.GetString(0));
        return schemas;
    }

    /// <summary>
    /// Keeps event triggers from acting on new objects, if the role may do that: superusers, and roles to which it was granted. Keys are
    /// checked anyway, because they are created after the rows.
    /// </summary>
    private const string QuietSql = """
        DO $$BEGIN PERFORM pg_catalog.set_config('session_replication_role', 'replica', true);
        EXCEPTION WHEN insufficient_privilege THEN NULL; END$$
        """;
}
