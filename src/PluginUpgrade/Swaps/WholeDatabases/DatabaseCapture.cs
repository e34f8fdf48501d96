using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Scripts;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// A trigger cannot write into another database: changes are recorded in the live one, in a schema of its own, and copied over to be
/// replayed. After the exchange that schema lies in the kept database, and is removed there.
/// </summary>
/// <param name="step">The swap, on the new database.</param>
/// <param name="live">The session in the live database.</param>
internal sealed class DatabaseCapture(UpgradeStep step, LaneSession live, RunContext context, string searchPathSql) : ICapture
{
    /// <summary>Where changes are recorded in the live database.</summary>
    public const string Schema = CaptureNames.Trigger;

    private const string Mark = "krang-upgrade records changes here";

    /// <summary>Whether the live session is free: without CatchUp, it keeps writers away instead.</summary>
    public required bool IsPossible { get; init; }

    public async Task BeginAsync(LaneSession session, string table, CancellationToken cancellationToken)
    {
        if (!IsPossible) throw new InvalidOperationException("The module has no CatchUp, so nothing is written that it could record.");
        var record = $"{Schema}.{CaptureNames.Of(table)}";
        if (await Capture.ExistsAsync(live.Connection, record, cancellationToken)) return;
        var on = $"{PostgresName.Quote(step.Target.Schema)}.{PostgresName.Quote(table)}";
        await live.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {Schema}; COMMENT ON SCHEMA {Schema} IS '{Mark}'", cancellationToken);
        await ShortLocks.RunAsync(live, [Capture.BeginSql(record, on)], Capture.Patience, context.Time, cancellationToken);
        SeededFault.Point("capture begun");
    }

    public async Task<long> ReplayAsync(
        LaneSession session, bool inTransaction, string table, string sql, CancellationToken cancellationToken)
    {
        var journal = session.Journal;
        var name = $"krang-upgrade:capture:{table}";
        var (previous, _) = await journal.ReadCursorAsync(session.Connection, step, name, cancellationToken);
        if (!inTransaction) await session.ExecuteAsync($"BEGIN; {searchPathSql}", cancellationToken);
        await session.ExecuteAsync("""
            DROP TABLE IF EXISTS pg_temp.changes;
            CREATE TEMPORARY TABLE changes (at bigint, op text, old jsonb, new jsonb) ON COMMIT DROP
            """, cancellationToken);
        var now = await CopyAsync(session.Connection, table, previous, cancellationToken);
        await using var count = new NpgsqlCommand("SELECT pg_catalog.count(*) FROM pg_temp.changes", session.Connection);
        var changes = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        if (changes > 0) await Statements.ExecuteAsync(session.Connection, sql, true, cancellationToken);
        SeededFault.Point("changes not committed");
        // The last call is committed before the exchange, which may be tried again.
        if (inTransaction) await journal.WriteCursorAsync(session.Connection, step, context.RunId, name, now, cancellationToken);
        else await journal.WriteCursorAndCommitAsync(session.Connection, step, context.RunId, name, now, cancellationToken);
        return changes;
    }

    /// <returns>The snapshot of what was copied.</returns>
    private async Task<string> CopyAsync(NpgsqlConnection to, string table, string? previous, CancellationToken cancellationToken)
    {
        await live.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", cancellationToken);
        try
        {
            await using var query = new NpgsqlCommand("SELECT pg_catalog.pg_current_snapshot()::text", live.Connection);
            var now = (string)(await query.ExecuteScalarAsync(cancellationToken))!;
            var seen = previous is null ? ""
                : $" WHERE NOT pg_catalog.pg_visible_in_snapshot(xid, {Sql.Literal(previous)}::pg_catalog.pg_snapshot)";
            await RowCopy.RunAsync(live.Connection, $"SELECT at, op, old, new FROM {Schema}.{CaptureNames.Of(table)}{seen}",
                to, "pg_temp.changes", cancellationToken);
            return now;
        }
        finally
        {
            if (live.IsOpen) await live.RollBackAsync();
        }
    }

    /// <summary>Removes the triggers and what they have recorded. Changes nothing where there is none.</summary>
    /// <param name="session">In the database, outside a transaction.</param>
    public static Task RemoveAsync(LaneSession session, TimeProvider time, CancellationToken cancellationToken) => ShortLocks.RunAsync(
        session, [CaptureNames.DropTriggersSql(Schema), DropSchemaSql], Capture.Patience, time, cancellationToken);

    private const string DropSchemaSql = $"""
        DO $drop$ BEGIN
          IF pg_catalog.obj_description(pg_catalog.to_regnamespace('{Schema}'), 'pg_namespace') = '{Mark}' THEN
            EXECUTE 'DROP SCHEMA {Schema} CASCADE';
          END IF;
        END $drop$
        """;
}
