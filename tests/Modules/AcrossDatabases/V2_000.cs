using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;
using PluginUpgrade;

namespace AcrossDatabases;

/// <summary>
/// Copies the table <c>item</c> from the live database into the new one while it is written, and follows what is written meanwhile. An
/// interrupted build is continued.
/// </summary>
[UpgradeModule("2.0", Repeatable = true, Description = "Items know their length")]
public sealed class V2_000 : ISideBySideModule
{
    public async Task Build(SideBySideContext next, CancellationToken cancellationToken)
    {
        await next.ExecuteAsync("""
            CREATE TABLE IF NOT EXISTS item (id bigint PRIMARY KEY, name text NOT NULL, length integer NOT NULL);
            CREATE SEQUENCE IF NOT EXISTS item_id_seq OWNED BY item.id;
            ALTER TABLE item ALTER COLUMN id SET DEFAULT pg_catalog.nextval('item_id_seq');
            """, cancellationToken);
        await next.CaptureAsync("item", cancellationToken);
        await using (var live = await next.OpenLiveAsync(cancellationToken))
            await next.InBatchesAsync(async (cursor, token) =>
            {
                var last = await CopyAsync(live, next.Connection, long.Parse(cursor ?? "0", CultureInfo.InvariantCulture), token);
                next.Report(1, 0);
                return last;
            }, cancellationToken: cancellationToken);
        if (next.Settings["Build"] is { } more) await next.ExecuteAsync(more, cancellationToken);
        if (next.Settings["Throw"] is { } message) throw new InvalidOperationException(message);
    }

    private static async Task<string?> CopyAsync(
        NpgsqlConnection live, NpgsqlConnection next, long after, CancellationToken cancellationToken)
    {
        List<(long Id, string Name)> rows = [];
        await using (var query = new NpgsqlCommand("SELECT id, name FROM item WHERE id > $1 ORDER BY id LIMIT 100", live)
        {
            Parameters = { new() { Value = after } },
        })
        await using (var reader = await query.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken)) rows.Add((reader.GetInt64(0), reader.GetString(1)));
        await using var insert = new NpgsqlCommand("""
            INSERT INTO item SELECT i, n, pg_catalog.length(n) FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS x(i, n)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, length = excluded.length
            """, next)
        {
            Parameters =
            {
                new() { Value = rows.Select(row => row.Id).ToArray() }, new() { Value = rows.Select(row => row.Name).ToArray() },
            },
        };
        await insert.ExecuteNonQueryAsync(cancellationToken);
        return rows.Count == 0 ? null : rows[^1].Id.ToString(CultureInfo.InvariantCulture);
    }

    public async Task CatchUp(SideBySideContext next, CancellationToken cancellationToken)
    {
        await next.ReplayAsync("item", """
            DELETE FROM item WHERE id IN (SELECT (old ->> 'id')::bigint FROM pg_temp.changes WHERE op IN ('DELETE', 'UPDATE'));
            INSERT INTO item SELECT id, name, pg_catalog.length(name) FROM (
              SELECT DISTINCT ON (id) (coalesce(new, old) ->> 'id')::bigint AS id, op, new ->> 'name' AS name FROM pg_temp.changes
              ORDER BY id, at DESC) AS last
            WHERE op <> 'DELETE'
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, length = excluded.length;
            """, cancellationToken);
        if (!next.IsFinal || next.Settings["Final"] is not { } sql) return;
        // Nobody is let into the live database any more, but this connection was made before.
        var live = await next.OpenLiveAsync(cancellationToken);
        await using var query = new NpgsqlCommand(sql, live);
        next.Log.LogInformation("live in the exchange: {Value}", await query.ExecuteScalarAsync(cancellationToken));
    }

    public async Task<IReadOnlyList<string>> Verify(SideBySideContext next, CancellationToken cancellationToken)
    {
        if (next.Settings["Fault"] is { } fault) return [fault];
        await using var query = new NpgsqlCommand("SELECT count(*) FROM item WHERE length <> length(name)", next.Connection);
        return await query.ExecuteScalarAsync(cancellationToken) is 0L ? [] : ["Some items have a wrong length."];
    }
}
