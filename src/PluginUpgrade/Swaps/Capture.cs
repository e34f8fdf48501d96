using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Scripts;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps;

/// <summary>Records changes of live tables, and replays them.</summary>
internal interface ICapture
{
    /// <param name="session">The build's, outside a transaction.</param>
    Task BeginAsync(LaneSession session, string table, CancellationToken cancellationToken);

    /// <summary>
    /// Replays what the previous call could not see. Comparing snapshots finds a transaction that committed late; the highest number of a
    /// change would not.
    /// </summary>
    /// <param name="inTransaction">Whether it is the last call, in a transaction of its own.</param>
    Task<long> ReplayAsync(LaneSession session, bool inTransaction, string table, string sql, CancellationToken cancellationToken);
}

/// <summary>
/// Triggers on the live tables write into tables of the new schema; these and their
/// functions are removed before the new schema becomes live.
/// </summary>
/// <param name="step">The swap, on the new schema.</param>
internal sealed class Capture(UpgradeStep step, string live, RunContext context, string searchPathSql) : ICapture
{
    /// <summary>How long to wait for the locks of live tables.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private string Next => step.Target.Schema;

    public async Task BeginAsync(LaneSession session, string table, CancellationToken cancellationToken)
    {
        var record = $"{PostgresName.Quote(Next)}.{CaptureNames.Of(table)}";
        if (await ExistsAsync(session.Connection, record, cancellationToken)) return;
        var on = $"{PostgresName.Quote(live)}.{PostgresName.Quote(table)}";
        await ShortLocks.RunAsync(session, [BeginSql(record, on)], Patience, context.Time, cancellationToken);
        SeededFault.Point("capture begun");
    }

    /// <summary>
    /// Creating the triggers waits for transactions that write the table, so no change is missed: what was committed before is visible to
    /// the copy that follows. Who waits behind that lock waits only for a moment.
    /// </summary>
    public static string BeginSql(string record, string on) => $"""
        CREATE TABLE {record} (at bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          xid xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(), op text NOT NULL, old jsonb, new jsonb);
        CREATE FUNCTION {record}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $capture$
        BEGIN
          INSERT INTO {record} (op, old, new) VALUES (TG_OP,
            CASE WHEN TG_OP IN ('UPDATE', 'DELETE') THEN pg_catalog.to_jsonb(OLD) END,
            CASE WHEN TG_OP IN ('INSERT', 'UPDATE') THEN pg_catalog.to_jsonb(NEW) END);
          RETURN NULL;
        END $capture$;
        CREATE TRIGGER {CaptureNames.Trigger} AFTER INSERT OR UPDATE OR DELETE ON {on} FOR EACH ROW EXECUTE FUNCTION {record}();
        CREATE TRIGGER {CaptureNames.TruncateTrigger} AFTER TRUNCATE ON {on} FOR EACH STATEMENT EXECUTE FUNCTION {record}();
        ALTER TABLE {on} ENABLE ALWAYS TRIGGER {CaptureNames.Trigger};
        ALTER TABLE {on} ENABLE ALWAYS TRIGGER {CaptureNames.TruncateTrigger}
        """;

    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, string record, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT pg_catalog.to_regclass($1) IS NOT NULL", connection)
        {
            Parameters = { new() { Value = record } },
        };
        return await query.ExecuteScalarAsync(cancellationToken) is true;
    }

    public async Task<long> ReplayAsync(
        LaneSession session, bool inTransaction, string table, string sql, CancellationToken cancellationToken)
    {
        var journal = new Journal(Next, context.Connection.AnswerTimeout);
        var name = $"krang-upgrade:capture:{table}";
        var (previous, _) = await journal.ReadCursorAsync(session.Connection, step, name, cancellationToken);
        if (!inTransaction) await session.ExecuteAsync($"BEGIN ISOLATION LEVEL REPEATABLE READ; {searchPathSql}", cancellationToken);
        var (now, changes) = await CollectAsync(session.Connection, previous, CaptureNames.Of(table), cancellationToken);
        if (changes > 0) await Statements.ExecuteAsync(session.Connection, sql, true, cancellationToken);
        SeededFault.Point("changes not committed");
        if (!inTransaction)
            await journal.WriteCursorAndCommitAsync(session.Connection, step, context.RunId, name, now, cancellationToken);
        return changes;
    }

    /// <summary>In one round trip: in the last call, everybody waits.</summary>
    /// <returns>What was visible before, and how many changes there are now in <c>pg_temp.changes</c>.</returns>
    private async Task<(string Now, long Changes)> CollectAsync(
        NpgsqlConnection connection, string? previous, string record, CancellationToken cancellationToken)
    {
        var since = previous is null ? ""
            : $"WHERE NOT pg_catalog.pg_visible_in_snapshot(xid, {Sql.Literal(previous)}::pg_catalog.pg_snapshot)";
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("SELECT pg_catalog.pg_current_snapshot()::text"),
                new("DROP TABLE IF EXISTS pg_temp.changes"),
                new($"""
                    CREATE TEMPORARY TABLE changes ON COMMIT DROP AS SELECT at, op, old, new
                    FROM {PostgresName.Quote(Next)}.{record} {since}
                    """),
                new("SELECT pg_catalog.count(*) FROM pg_temp.changes"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var now = reader.GetString(0);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (now, reader.GetInt64(0));
    }
}

/// <summary>The names of what records changes.</summary>
internal static class CaptureNames
{
    /// <summary>All of them begin with this; the trigger for rows has just this name.</summary>
    public const string Trigger = "krang_upgrade_capture";

    public const string TruncateTrigger = $"{Trigger}_truncate";

    /// <summary>The record's table and the trigger's function, in the new schema.</summary>
    public static string Of(string table) =>
        $"{Trigger}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(table)))[..16]}";

    /// <summary>Removes all triggers whose function lies in a schema, as one statement.</summary>
    /// <param name="functions">The schema.</param>
    /// <param name="live">Only those on tables of this schema; null: on all.</param>
    public static string DropTriggersSql(string functions, string? live = null) => $"""
        DO $drop$ DECLARE t record; BEGIN
          FOR t IN SELECT pg_catalog.format('DROP TRIGGER %I ON %I.%I', g.tgname, n.nspname, c.relname) AS sql
            FROM pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_proc p ON p.oid = g.tgfoid JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace
            WHERE f.nspname = {Sql.Literal(functions)} AND NOT g.tgisinternal AND g.tgparentid = 0
              {(live is null ? "" : $"AND n.nspname = {Sql.Literal(live)}")}
          LOOP EXECUTE t.sql; END LOOP;
        END $drop$
        """;
}
