using Npgsql;
using PluginUpgrade;

namespace BesideFollowing;

/// <summary>
/// Copies the table <c>item</c> while it is written, and follows what is written meanwhile. An interrupted build is continued.
/// </summary>
[UpgradeModule("2.0", Repeatable = true, Description = "Items know their length")]
public sealed class V2_000 : ISideBySideModule
{
    private const string Columns = "id, name, pg_catalog.length(name)";

    public async Task Build(SideBySideContext next, CancellationToken cancellationToken)
    {
        await next.ExecuteAsync("""
            CREATE TABLE IF NOT EXISTS item (id bigint PRIMARY KEY, name text NOT NULL, length integer NOT NULL);
            CREATE SEQUENCE IF NOT EXISTS item_id_seq OWNED BY item.id;
            ALTER TABLE item ALTER COLUMN id SET DEFAULT pg_catalog.nextval('item_id_seq');
            """, cancellationToken);
        await next.CaptureAsync("item", cancellationToken);
        await next.InBatchesAsync(async (cursor, token) =>
        {
            await using var copy = new NpgsqlCommand($"""
                WITH batch AS (
                  INSERT INTO item SELECT {Columns} FROM {PostgresName.Quote(next.Live)}.item WHERE id > $1::bigint ORDER BY id LIMIT 100
                  ON CONFLICT (id) DO UPDATE SET name = excluded.name, length = excluded.length RETURNING id)
                SELECT pg_catalog.max(id)::text FROM batch
                """, next.Connection) { Parameters = { new() { Value = cursor ?? "0" } } };
            var last = await copy.ExecuteScalarAsync(token) as string;
            next.Report(1, 0);
            return last;
        }, cancellationToken: cancellationToken);
        if (next.Settings["Build"] is { } more) await next.ExecuteAsync(more, cancellationToken);
        if (next.Settings["Throw"] is { } message) throw new InvalidOperationException(message);
    }

    public Task CatchUp(SideBySideContext next, CancellationToken cancellationToken) => next.ReplayAsync("item", """
        DELETE FROM item WHERE id IN (SELECT (old ->> 'id')::bigint FROM pg_temp.changes WHERE op IN ('DELETE', 'UPDATE'));
        INSERT INTO item SELECT id, name, pg_catalog.length(name) FROM (
          SELECT DISTINCT ON (id) (coalesce(new, old) ->> 'id')::bigint AS id, op, new ->> 'name' AS name FROM pg_temp.changes
          ORDER BY id, at DESC) AS last
        WHERE op <> 'DELETE'
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, length = excluded.length;
        """, cancellationToken);

    public async Task<IReadOnlyList<string>> Verify(SideBySideContext next, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT count(*) FROM item WHERE length <> length(name)", next.Connection);
        return await query.ExecuteScalarAsync(cancellationToken) is 0L ? [] : ["Some items have a wrong length."];
    }
}
