using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>What was found in a new database before it may replace the live one.</summary>
/// <param name="Faults">Refuse the exchange.</param>
/// <param name="Remarks">For the operator.</param>
/// <param name="Statements">Give owners and rights of live objects to objects of the same name and kind.</param>
internal sealed record DatabaseFindings(
    IReadOnlyList<string> Faults, IReadOnlyList<string> Remarks, IReadOnlyList<string> Statements);

/// <summary>Compares two databases, whatever the module verifies. Only reads.</summary>
internal static class DatabaseBuildCheck
{
    private sealed record Seen(string Key, string Detail);

    public static async Task<DatabaseFindings> ReadAsync(
        NpgsqlConnection live, NpgsqlConnection next, CancellationToken cancellationToken)
    {
        var faults = await SeenAsync(next, FaultsSql, cancellationToken);
        var (liveTables, nextTables) = (await TablesAsync(live, cancellationToken), await TablesAsync(next, cancellationToken));
        List<string> wrong = [.. faults.Select(fault => fault.Detail)];
        foreach (var (name, was) in liveTables)
            if (nextTables.TryGetValue(name, out var now))
            {
                if (was.IsSecured && !now.IsSecured) wrong.Add($"The table {name} has lost its row security.");
                if (was.IsLogged && !now.IsLogged) wrong.Add($"The table {name} is UNLOGGED: a crash of the server would empty it.");
            }
        var there = (await SeenAsync(next, BesidesSql, cancellationToken)).Select(one => one.Key).ToHashSet();
        var missing = (await SeenAsync(live, BesidesSql, cancellationToken)).Where(one => !there.Contains(one.Key)).ToList();
        List<string> remarks = [.. liveTables.Where(table => nextTables.ContainsKey(table.Key)).Select(table =>
            FormattableString.Invariant($"{table.Key}: about {table.Value.Rows} rows live, ") +
            FormattableString.Invariant($"{nextTables[table.Key].Rows} in the new database"))];
        if (missing.Count > 0) remarks.Add($"Not in the new database: {Problem.Join([.. missing.Select(one => one.Detail)])}.");
        var objects = (await SeenAsync(next, ObjectsSql, cancellationToken)).Select(one => one.Key).ToHashSet();
        var copies = (await SeenAsync(live, RightsSql, cancellationToken)).Where(one => objects.Contains(one.Key));
        return new DatabaseFindings(wrong, remarks, [.. copies.Select(one => one.Detail)]);
    }

    private static async Task<List<Seen>> SeenAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(sql, connection) { CommandTimeout = Sql.LimitOf(connection) };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<Seen> rows = [];
        while (await reader.ReadAsync(cancellationToken)) rows.Add(new Seen(reader.GetString(0), reader.GetString(1)));
        return rows;
    }

    private static async Task<SortedDictionary<string, (long Rows, bool IsLogged, bool IsSecured)>> TablesAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"""
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.reltuples::bigint, c.relpersistence = 'p', c.relrowsecurity
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND {IsOfUsers} AND c.relname <> '{Journal.TableName}'
            """, connection) { CommandTimeout = Sql.LimitOf(connection) };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        SortedDictionary<string, (long, bool, bool)> tables = new(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            tables[reader.GetString(0)] = (reader.GetInt64(1), reader.GetBoolean(2), reader.GetBoolean(3));
        return tables;
    }

    private const string IsOfUsers =
        $"NOT pg_catalog.starts_with(n.nspname, 'pg_') AND n.nspname NOT IN ('information_schema', '{DatabaseCapture.Schema}')";

    private const string FaultsSql = $"""
        SELECT 'index', pg_catalog.format('The index %I.%I is not valid.', n.nspname, c.relname)
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND {IsOfUsers}
        UNION ALL
        SELECT 'constraint', pg_catalog.format('The constraint %I of %I.%I is not validated.', k.conname, n.nspname, c.relname)
        FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT k.convalidated AND {IsOfUsers}
        """;

    /// <summary>What a database has besides the objects that a module of one schema knows.</summary>
    private const string BesidesSql = $"""
        SELECT 'extension ' || extname, 'the extension ' || extname FROM pg_catalog.pg_extension
        UNION ALL SELECT 'schema ' || n.nspname, 'the schema ' || n.nspname FROM pg_catalog.pg_namespace n WHERE {IsOfUsers}
        UNION ALL SELECT 'event trigger ' || evtname, 'the event trigger ' || evtname FROM pg_catalog.pg_event_trigger
        UNION ALL SELECT 'language ' || lanname, 'the language ' || lanname FROM pg_catalog.pg_language
        UNION ALL SELECT 'server ' || srvname, 'the foreign server ' || srvname FROM pg_catalog.pg_foreign_server
        UNION ALL SELECT 'large objects', pg_catalog.count(*) || ' large objects' FROM pg_catalog.pg_largeobject_metadata
          HAVING pg_catalog.count(*) > 0
        """;

    /// <summary>As in <see cref="RightsSql"/>.</summary>
    private const string ObjectsSql = $"""
        SELECT pg_catalog.format('%s %I.%I', {Kind}, n.nspname, c.relname), ''
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {IsOfUsers}
        UNION ALL
        SELECT pg_catalog.format('column %I.%I.%I', n.nspname, c.relname, a.attname), ''
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {IsOfUsers}
        UNION ALL
        SELECT pg_catalog.format('ROUTINE %I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)), ''
        FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE {IsOfUsers}
        """;

    private const string Kind = """
        CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
          WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END
        """;

    private const string Grantee =
        "CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END";

    private const string Option = "CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END";

    /// <summary>The object, and a statement. Sequences of columns have the owners of their tables.</summary>
    private const string RightsSql = $"""
        SELECT x.key, x.sql FROM (
          SELECT 1, pg_catalog.format('%s %I.%I', {Kind}, n.nspname, c.relname),
            pg_catalog.format('ALTER %s %I.%I OWNER TO %I', {Kind}, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner))
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {IsOfUsers}
          UNION ALL
          SELECT 2, pg_catalog.format('%s %I.%I', {Kind}, n.nspname, c.relname),
            pg_catalog.format('GRANT %s ON %s %I.%I TO %s%s', a.privilege_type, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
              n.nspname, c.relname, {Grantee}, {Option})
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND a.grantee <> c.relowner AND {IsOfUsers}
          UNION ALL
          SELECT 2, pg_catalog.format('column %I.%I.%I', n.nspname, c.relname, t.attname),
            pg_catalog.format('GRANT %s (%I) ON TABLE %I.%I TO %s%s', a.privilege_type, t.attname, n.nspname, c.relname, {Grantee},
              {Option})
          FROM pg_catalog.pg_attribute t JOIN pg_catalog.pg_class c ON c.oid = t.attrelid
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) a WHERE t.attnum > 0 AND NOT t.attisdropped AND {IsOfUsers}
          UNION ALL
          SELECT 2, pg_catalog.format('ROUTINE %I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
            pg_catalog.format('GRANT EXECUTE ON ROUTINE %I.%I(%s) TO %s%s', n.nspname, p.proname,
              pg_catalog.pg_get_function_identity_arguments(p.oid), {Grantee}, {Option})
          FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
          CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) a WHERE a.grantee <> p.proowner AND {IsOfUsers}) AS x(turn, key, sql)
        ORDER BY x.turn, x.key, x.sql
        """;
}
