using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Schemas;

namespace PluginUpgrade.Drift;

/// <summary>
/// Finds declared changes that write a table anew. PostgreSQL decides that from types and defaults, not from rows: so it is observed on the
/// empty tables of a scratch schema, whose files change.
/// </summary>
internal static class Rewrites
{
    /// <summary>In an open transaction. Each change is made as for a large table: in batches, where that is declared.</summary>
    /// <param name="live">A schema that has the undeclared tables to which foreign keys refer.</param>
    public static async Task<IReadOnlyList<SchemaChange>> FindAsync(
        NpgsqlConnection connection, SchemaHistory history, SchemaSlice slice, string live, IReadOnlyList<string> searchPath,
        CancellationToken cancellationToken)
    {
        // Types have the values that the slice adds, because the transaction could not use them.
        List<SchemaChange> own = [.. slice.Changes.Where(change => change.Phase != SchemaPhase.Values)];
        var scratch = new ScratchSchema(connection, searchPath);
        var all = Replay.To(history, slice.Version);
        await scratch.MakeAsync([.. all.SkipLast(own.Count)], live, cancellationToken);
        List<SchemaChange> found = [];
        var files = await FilesAsync(connection, scratch.Name, cancellationToken);
        // The phases after it are no transaction, and write nothing anew.
        foreach (var change in own.TakeWhile(change => change.Phase == SchemaPhase.Expand))
        {
            await scratch.ApplyLargeAsync(change, cancellationToken);
            var now = await FilesAsync(connection, scratch.Name, cancellationToken);
            if (files.Any(one => now.TryGetValue(one.Key, out var file) && file != one.Value)) found.Add(change);
            files = now;
        }
        return found;
    }

    private static async Task<Dictionary<long, long>> FilesAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        var rows = batch.Add("""
            SELECT c.oid::bigint, pg_catalog.pg_relation_filenode(c.oid)::bigint
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'
            """, row => (row.GetInt64(0), row.GetInt64(1)), schema);
        await batch.ReadAsync(cancellationToken);
        return rows.ToDictionary(row => row.Item1, row => row.Item2);
    }
}
