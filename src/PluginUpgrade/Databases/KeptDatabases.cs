using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>Reads which databases are kept beside a live one, from any database of the server.</summary>
internal static class KeptDatabases
{
    /// <summary>The comment of a database that is being built.</summary>
    public const string BuildMark = "krang-upgrade builds this";

    /// <summary>Adds the query to a batch.</summary>
    /// <returns>After the batch was read: what is kept.</returns>
    public static Func<IReadOnlyList<KeptSchema>> AddTo(QueryBatch batch, string live)
    {
        var rows = batch.Add(NamesSql, row => (
                Name: row.GetString(0), Oid: row.GetInt64(1), Note: row.IsDBNull(2) ? null : row.GetString(2), IsBuild: row.GetBoolean(3)),
            Sql.Array(BesideNames.IsTooLong(live) ? [] : BesideNames.All(live)), KeptNote.Mark, BuildMark);
        return () => [.. rows.Select(row => new KeptSchema(row.Name, KeptNote.Read(row.Note).Note)
        {
            Place = KeptSchema.PlaceOf(row.Name, live)!.Value,
            Oid = row.Oid,
            HasJournal = row.IsBuild,
        }).OrderBy(kept => kept.Place)];
    }

    public static async Task<IReadOnlyList<KeptSchema>> ReadAsync(
        NpgsqlConnection connection, string live, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        var kept = AddTo(batch, live);
        await batch.ReadAsync(cancellationToken);
        return kept();
    }

    /// <summary>Adds the sizes; that of a database to which this role may not connect stays unknown.</summary>
    public static async Task<IReadOnlyList<KeptSchema>> WithSizesAsync(
        NpgsqlConnection connection, IReadOnlyList<KeptSchema> kept, CancellationToken cancellationToken)
    {
        Dictionary<long, long> sizes = [];
        await using (var query = new NpgsqlCommand("""
            SELECT d.oid::bigint, CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) END
            FROM pg_catalog.pg_database d WHERE d.oid = ANY ($1::text[]::oid[])
            """, connection)
        {
            Parameters = { new() { Value = Sql.Array(kept.Select(one => $"{one.Oid}")) } },
            CommandTimeout = Sql.LimitOf(connection),
        })
        await using (var reader = await query.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken))
                if (!reader.IsDBNull(1)) sizes[reader.GetInt64(0)] = reader.GetInt64(1);
        return [.. kept.Select(one => one with { Bytes = sizes.TryGetValue(one.Oid, out var size) ? size : null })];
    }

    /// <summary>Only krang-upgrade's own line is read: the rest is in the encoding of the database from which it was written.</summary>
    private const string NamesSql = """
        SELECT d.datname::text, d.oid::bigint,
               CASE WHEN pg_catalog.starts_with(c.text, $2) THEN pg_catalog.split_part(c.text, E'\n', 1) END,
               coalesce(c.text = $3, false)
        FROM pg_catalog.pg_database d
        CROSS JOIN LATERAL (SELECT pg_catalog.shobj_description(d.oid, 'pg_database') AS text) AS c
        WHERE d.datname = ANY ($1::text[])
        """;
}
