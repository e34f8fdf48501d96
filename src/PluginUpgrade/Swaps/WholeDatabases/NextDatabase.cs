using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Replacing;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// The database that is built: made, found again, dropped, or kept for study. Its comment says that krang-upgrade builds it.
/// </summary>
internal sealed class NextDatabase(ElsewhereSession elsewhere, Target live, RunContext context)
{
    private string Name => BesideNames.Next(live.DatabaseName);

    private string Quoted => PostgresName.Quote(Name);

    /// <summary>
    /// A done row is of a try that ended between the end of the build and the exchange: what was written since is missing, so it is
    /// unfinished too.
    /// </summary>
    /// <param name="step">The swap, on the new database.</param>
    public Task<NextSchemaState> FindAsync(UpgradeStep step, CancellationToken cancellationToken) =>
        FindAsync(elsewhere.Connection, step, context.Connection, cancellationToken);

    /// <param name="anywhere">On the server.</param>
    public static async Task<NextSchemaState> FindAsync(
        NpgsqlConnection anywhere, UpgradeStep step, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        var (name, schema) = (step.Target.DatabaseName, step.Target.Schema);
        if (await IsMarkedAsync(anywhere, name, cancellationToken) is not { } isMarked) return NextSchemaState.Absent;
        await using var connection = await Connections.OpenForReadingAsync(
            step.Target.Database, settings, WaitFor.Return, cancellationToken, held: 1);
        // A process that was killed before it could write the comment left a copy of template0.
        if (!isMarked) return await IsAsync(connection, EmptySql, cancellationToken) ? NextSchemaState.Unused : NextSchemaState.Foreign;
        var journal = new Journal(schema, settings.AnswerTimeout);
        if (!await IsAsync(connection, $"SELECT pg_catalog.to_regclass({Sql.Literal(Journal.Table(schema))}) IS NOT NULL",
            cancellationToken)) return NextSchemaState.Unused;
        if (await journal.ReadAsync(connection, step, cancellationToken) is not null) return NextSchemaState.Unfinished;
        return await IsAsync(connection, $"SELECT NOT EXISTS (SELECT FROM {Journal.Table(schema)})", cancellationToken)
            ? NextSchemaState.Unused : NextSchemaState.Foreign;
    }

    private static async Task<bool?> IsMarkedAsync(NpgsqlConnection anywhere, string name, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT coalesce(pg_catalog.starts_with(pg_catalog.shobj_description(oid, 'pg_database'), $2::text), false)
            FROM pg_catalog.pg_database WHERE datname = $1::text
            """, anywhere)
        {
            Parameters = { new() { Value = name }, new() { Value = KeptDatabases.BuildMark } },
        };
        return await query.ExecuteScalarAsync(cancellationToken) as bool?;
    }

    private static async Task<bool> IsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(sql, connection);
        return await query.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Makes it with the encoding, locale, tablespace and owner of the live one. The rest follows at the exchange.</summary>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        var options = (await ExistingDatabase.OptionsAsync(elsewhere.Connection, live.DatabaseName, cancellationToken))[0];
        await elsewhere.ExecuteAsync($"CREATE DATABASE {Quoted}{options}", cancellationToken);
        SeededFault.Point("next database made");
        await elsewhere.ExecuteAsync(DatabaseComment.MarkSql(Name, KeptDatabases.BuildMark), cancellationToken);
        var place = await ExistingDatabase.ReadAsync(
            elsewhere.Connection, live.DatabaseName, context.Connection.ApplicationName, cancellationToken);
        // Before it is filled: its owner also owns its schema public.
        await elsewhere.ExecuteAsync($"ALTER DATABASE {Quoted} OWNER TO {PostgresName.Quote(place.Owner!)}", cancellationToken);
        SeededFault.Point("next database there");
    }

    /// <summary>Nobody but a build uses it, so its sessions are ended.</summary>
    public async Task DropAsync(CancellationToken cancellationToken)
    {
        await elsewhere.ExecuteAsync($"DROP DATABASE {Quoted} WITH (FORCE)", cancellationToken);
        SeededFault.Point("next database dropped");
    }

    /// <summary>Renames it to <c>__failed</c>, and says in its comment why. No session of it may be left.</summary>
    public async Task KeepFailedAsync(KeptNote note, CancellationToken cancellationToken)
    {
        var failed = BesideNames.Failed(live.DatabaseName);
        await elsewhere.ExecuteAsync("BEGIN", cancellationToken);
        try
        {
            await elsewhere.ExecuteAsync($"ALTER DATABASE {Quoted} RENAME TO {PostgresName.Quote(failed)}", cancellationToken);
            await elsewhere.ExecuteAsync(DatabaseComment.MarkSql(failed, note.InAscii()), cancellationToken);
            await elsewhere.ExecuteAsync("COMMIT", cancellationToken);
        }
        catch
        {
            await elsewhere.RollBackAsync();
            throw;
        }
    }

    private const string EmptySql = """
        SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid >= 16384)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
        """;
}
