using Npgsql;

namespace PluginUpgrade;

/// <summary>
/// Statements that PostgreSQL runs only outside a transaction. Each method can be called again: it checks the current state, removes what
/// an interrupted attempt has left, and does what is missing. For modules that are declared <c>Transactional = false</c> and
/// <c>Repeatable = true</c>.
/// </summary>
/// <remarks>
/// What an interrupted statement leaves is described in
/// https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY,
/// https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY and
/// https://www.postgresql.org/docs/current/sql-altertable.html.
/// </remarks>
public static class ConcurrentStatements
{
    /// <summary>
    /// Builds an index without blocking writers. A valid index with this name is left unchanged, whatever its definition; an invalid one is
    /// dropped and built again.
    /// </summary>
    /// <param name="context">The target.</param>
    /// <param name="index">The index's name, unquoted, in the target's schema.</param>
    /// <param name="statement">The whole statement, <c>CREATE INDEX CONCURRENTLY …</c>.</param>
    /// <param name="cancellationToken">Cancels the statement; what it leaves is dealt with at the next call.</param>
    /// <exception cref="InvalidOperationException">The statement succeeded, but there is no valid index with this name.</exception>
    public static async Task CreateIndexConcurrentlyAsync(
        this UpgradeContext context, string index, string statement, CancellationToken cancellationToken = default)
    {
        var valid = await IsValidAsync(context, index, cancellationToken).ConfigureAwait(false);
        if (valid == true) return;
        if (valid == false) await DropAsync(context, index, cancellationToken).ConfigureAwait(false);
        await context.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
        if (await IsValidAsync(context, index, cancellationToken).ConfigureAwait(false) != true)
            throw new InvalidOperationException($"There is no valid index {index} in schema {context.Schema} after: {statement}");
    }

    /// <summary>Rebuilds an index without blocking writers. What an interrupted attempt has left is dropped first.</summary>
    /// <param name="context">The target.</param>
    /// <param name="index">The index's name, unquoted, in the target's schema.</param>
    /// <param name="cancellationToken">Cancels the statement; what it leaves is dealt with at the next call.</param>
    public static async Task ReindexConcurrentlyAsync(
        this UpgradeContext context, string index, CancellationToken cancellationToken = default)
    {
        foreach (var leftover in await LeftoversAsync(context, index, cancellationToken).ConfigureAwait(false))
            await DropAsync(context, leftover, cancellationToken).ConfigureAwait(false);
        await context.ExecuteAsync($"REINDEX INDEX CONCURRENTLY {Name(context, index)}", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Detaches a partition without blocking the other partitions (PostgreSQL 14 and later). An interrupted attempt is completed.
    /// </summary>
    /// <param name="context">The target.</param>
    /// <param name="table">The partitioned table's name, unquoted, in the target's schema.</param>
    /// <param name="partition">The partition's name, unquoted, in the target's schema.</param>
    /// <param name="cancellationToken">Cancels the statement; what it leaves is dealt with at the next call.</param>
    public static async Task DetachPartitionConcurrentlyAsync(
        this UpgradeContext context, string table, string partition, CancellationToken cancellationToken = default)
    {
        var pending = await AskAsync<bool?>(context, """
            SELECT h.inhdetachpending FROM pg_catalog.pg_inherits h
            JOIN pg_catalog.pg_class t ON t.oid = h.inhparent JOIN pg_catalog.pg_class p ON p.oid = h.inhrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace AND n.oid = t.relnamespace
            WHERE n.nspname = $1 AND t.relname = $2 AND p.relname = $3
            """, cancellationToken, table, partition).ConfigureAwait(false);
        if (pending is null) return;
        var how = pending.Value ? "FINALIZE" : "CONCURRENTLY";
        var statement = $"ALTER TABLE {Name(context, table)} DETACH PARTITION {Name(context, partition)} {how}";
        await context.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Creates a database on the target's server. An existing one is left unchanged; an incomplete one is dropped and created again.
    /// </summary>
    /// <param name="context">The target.</param>
    /// <param name="database">The database's name, unquoted.</param>
    /// <param name="options">What follows the name in CREATE DATABASE, such as <c>TEMPLATE template0</c>; may be empty.</param>
    /// <param name="cancellationToken">Cancels the statement; what it leaves is dealt with at the next call.</param>
    public static async Task CreateDatabaseAsync(
        this UpgradeContext context, string database, string options = "", CancellationToken cancellationToken = default)
    {
        // -2 marks a database whose CREATE or DROP was interrupted (PostgreSQL 15.4 and the other minor releases of that day, and later).
        const string find = "SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = $2 AND $1 <> ''";
        var limit = await AskAsync<int?>(context, find, cancellationToken, database).ConfigureAwait(false);
        if (limit is not (null or -2)) return;
        if (limit == -2)
            await context.ExecuteAsync($"DROP DATABASE {PostgresName.Quote(database)}", cancellationToken).ConfigureAwait(false);
        await context.ExecuteAsync($"CREATE DATABASE {PostgresName.Quote(database)} {options}", cancellationToken).ConfigureAwait(false);
    }

    private static Task<bool?> IsValidAsync(UpgradeContext context, string index, CancellationToken cancellationToken) =>
        AskAsync<bool?>(context, """
            SELECT i.indisvalid AND i.indisready FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2
            """, cancellationToken, index);

    private static async Task<List<string>> LeftoversAsync(UpgradeContext context, string index, CancellationToken cancellationToken)
    {
        // PostgreSQL shortens a long name before it appends _ccnew, so that the result has at most 63 bytes.
        using var query = Query(context, """
            SELECT c.relname
            FROM pg_catalog.pg_class o JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
            JOIN pg_catalog.pg_index live ON live.indexrelid = o.oid
            JOIN pg_catalog.pg_index i ON i.indrelid = live.indrelid AND NOT i.indisvalid
            JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid,
            LATERAL pg_catalog.regexp_replace(c.relname::text, '_cc(new|old)\d*$', '') AS start
            WHERE n.nspname = $1 AND o.relname = $2 AND start <> c.relname::text
              AND (start = $2 OR pg_catalog.octet_length(c.relname::text) >= 60 AND pg_catalog.starts_with($2, start))
            """, index);
        var reader = await query.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        List<string> names = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) names.Add(reader.GetString(0));
        return names;
    }

    private static Task<int> DropAsync(UpgradeContext context, string index, CancellationToken cancellationToken) =>
        context.ExecuteAsync($"DROP INDEX CONCURRENTLY {Name(context, index)}", cancellationToken);

    private static async Task<T?> AskAsync<T>(
        UpgradeContext context, string sql, CancellationToken cancellationToken, params string[] names)
    {
        using var query = Query(context, sql, names);
        return await query.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is { } value and not DBNull ? (T)value : default;
    }

    /// <summary><c>$1</c> is the target's schema; the names follow from <c>$2</c>.</summary>
    private static NpgsqlCommand Query(UpgradeContext context, string sql, params string[] names)
    {
        var query = new NpgsqlCommand(sql, context.Connection);
        foreach (var name in names.Prepend(context.Schema)) query.Parameters.Add(new NpgsqlParameter { Value = name });
        return query;
    }

    private static string Name(UpgradeContext context, string name) => $"{PostgresName.Quote(context.Schema)}.{PostgresName.Quote(name)}";
}
