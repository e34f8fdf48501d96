using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;

namespace PluginUpgrade.Swaps;

/// <summary>Locks everything in schemas, in attempts that are short, because whoever comes after an attempt waits behind it.</summary>
internal sealed class SchemaLocks(LaneSession session, RunContext context, Target target)
{
    private static readonly Pause BetweenTries = Pause.OfMilliseconds(40, 400, jitter: 0.75);

    /// <summary>
    /// Begins a READ COMMITTED transaction, and keeps everyone else from reading and writing everything in these schemas until its end.
    /// </summary>
    public async Task TakeAsync(IReadOnlyList<string> schemas, CancellationToken abort)
    {
        var poll = new Poll(TimeSpan.FromMinutes(2), BetweenTries, context.Time);
        await poll.UntilAsync(async () =>
        {
            try
            {
                await session.ExecuteAsync("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", abort);
                await session.ExecuteAsync("SET LOCAL lock_timeout = 50", abort);
                foreach (var table in await TablesAsync(schemas, abort))
                    await session.ExecuteAsync($"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE", abort);
                await session.ExecuteAsync($"SET LOCAL lock_timeout = {(long)context.Connection.LockTimeout.TotalMilliseconds}", abort);
                return true;
            }
            catch (PostgresException e) when (SqlErrors.IsRetryable(e) && !poll.IsOver)
            {
                await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
                return false;
            }
        }, abort);
        _ = target;
    }

    private async Task<List<string>> TablesAsync(IReadOnlyList<string> schemas, CancellationToken abort)
    {
        await using var query = new NpgsqlCommand("""
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p') ORDER BY c.oid
            """, session.Connection)
        {
            Parameters = { new() { Value = Sql.Array(schemas) } },
        };
        await using var reader = await query.ExecuteReaderAsync(abort);
        List<string> tables = [];
        while (await reader.ReadAsync(abort)) tables.Add(reader.GetString(0));
        return tables;
    }
}
