using Npgsql;

namespace PluginUpgrade;

/// <summary>
/// Statements that PostgreSQL runs outside a transaction only, each so that it may be called again: it looks first at what is there, clears
/// away what an interrupted try has left, and does what is missing. For modules that are declared <c>Transactional = false</c> and
/// <c>Repeatable = true</c>.
/// </summary>
/// <remarks>
/// What an interrupted statement leaves is reported by
/// https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY,
/// https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY and
/// https://www.postgresql.org/docs/current/sql-altertable.html.
/// </remarks>
public static class ConcurrentStatements
{
    /// <summary>
    /// Builds an index without locking writers out. A valid index of the name is left as it is, whatever its definition; an invalid one is
    /// dropped and built again.
    /// </summary>
    /// <param name="context">The target.</param>
    /// <param name="index">The index's name, unquoted, in the target's schema.</param>
    /// <param name="statement">The whole statement, <c>CREATE INDEX CONCURRENTLY …</c>.</param>
    /// <param name="cancellationToken">Cancels the statement; what it leaves is dealt with at the next call.</param>
    /// <exception cref="InvalidOperationException">The statement ended, and there is no valid index of that name.</exception>
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

    /// <summary>Builds an index anew without locking writers out. What an interrupted try has left beside it is dropped first.</summary>
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

    /// <summary>Detaches a partition without locking the others out (PostgreSQL 14 and later). An interrupted try is finished.</summary>
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
    /// Makes a database on the target's server. One that is there is left as it is; a half-made one is dropped and made again.
    /// </summary>
    /// <param name="context">The target.</param>
    /// <param name="database">Its name, unquoted.</param>
    /// <param name="options">What follows the name in CREATE DATABASE, such as <c>TEMPLATE template0</c>; may be empty.</param>
    /// <param name="cancellationToken">Cancels the statement; what it leaves is dealt with at the next call.</param>
    public static async Task CreateDatabaseAsync(
        this UpgradeContext context, string database, string options = "", CancellationToken cancellationToken = default)
    {
        // -2 marks a database whose CREATE or DROP was interrupted (PostgreSQL 15.4 and later, and the minor releases of that day).
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
        using var query = Query(context, """
            SELECT c.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = $1 AND NOT i.indisvalid AND c.relname ~ ('^' || regexp_replace($2, '\W', '.', 'g') || '_cc(new|old)\d*$')
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

    /// <summary><c>$1</c> is the target's schema, the names follow.</summary>
    private static NpgsqlCommand Query(UpgradeContext context, string sql, params string[] names)
    {
        var query = new NpgsqlCommand(sql, context.Connection);
        foreach (var name in names.Prepend(context.Schema)) query.Parameters.Add(new NpgsqlParameter { Value = name });
        return query;
    }

    private static string Name(UpgradeContext context, string name) => $"{PostgresName.Quote(context.Schema)}.{PostgresName.Quote(name)}";
}
