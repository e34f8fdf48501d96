using System.Text;
using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Journals;

/// <summary>Why a table with the journal's name cannot be used as one.</summary>
/// <param name="Kind">What the fault prevents.</param>
/// <param name="What">The end of a sentence that begins with the table.</param>
public sealed record JournalFault(JournalFaultKind Kind, string What);

public enum JournalFaultKind
{
    /// <summary>It is not a journal, or would run code of others: it is neither read nor written.</summary>
    Shape,

    /// <summary>This role may not read it.</summary>
    Read,

    /// <summary>This role may not write it.</summary>
    Write,

    /// <summary>The expression of the generated key lost its backslashes; <c>reset</c> repairs it.</summary>
    Key,
}

/// <summary>
/// Checks that tables with the journal's name can be used as one. The owner of a schema may have created anything under that name: views,
/// rules, triggers, types with casts, which would run that owner's code in our session. Only system catalogs are read, and never the table
/// itself.
/// </summary>
internal static class JournalShape
{
    /// <summary>The key's expression, with literals that mean the same whatever standard_conforming_strings is.</summary>
    public const string KeyOf = """
        pg_catalog.regexp_replace(pg_catalog.regexp_replace(version, E'(^|\\.)0+(?=\\d)', E'\\1', 'g'), E'(\\.0+)+$', '')
        """;

    private const string Columns = """
        (VALUES ('scope', 'text'::regtype), ('component', 'text'), ('version', 'text'), ('version_key', 'text'), ('module', 'text'),
          ('sha256', 'text'), ('state', 'text'), ('started_at', 'timestamptz'), ('finished_at', 'timestamptz'), ('run_id', 'uuid'),
          ('host', 'text'), ('by_hand', 'boolean'), ('note', 'text'), ('error', 'text'), ('xid', 'xid8'), ('cursors', 'jsonb'),
          ('earlier', 'jsonb'))
        """;

    private const string Tables = """
        SELECT s.name, c.* FROM pg_catalog.unnest($1::text[]) AS s(name)
        JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = $2
        """;

    /// <summary>
    /// Fails if one of the schemas (<c>$1</c>) holds a relation named <c>$2</c> that is not safe to read. It is sent before the statement
    /// that reads them, in the same round trip.
    /// </summary>
    public const string Guard = $"""
        SELECT 1 / (pg_catalog.count(*) = 0)::integer FROM ({Tables}) j
        WHERE j.relkind <> 'r' OR j.relrowsecurity AND pg_catalog.row_security_active(j.oid)
           OR 17 <> (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a
                     JOIN {Columns} AS w(name, type) ON w.name = a.attname AND w.type = a.atttypid
                     WHERE a.attrelid = j.oid AND a.attnum > 0 AND NOT a.attisdropped)
        """;

    /// <summary>
    /// Whether a pg_class row <c>j</c> is as <see cref="Journal.CreateAsync"/> creates it, and this role may read and write it. False means
    /// only that <see cref="Faults"/> must be asked, which takes the server twenty times as long to plan. <c>$3</c> to <c>$5</c>:
    /// <see cref="KeyParts"/>.
    /// </summary>
    /// <remarks>Dependencies on PostgreSQL's built-in objects are not stored in pg_depend.</remarks>
    public const string IsAsMade = """
        j.relkind = 'r' AND j.relpersistence = 'p'
          AND NOT (j.relhassubclass OR j.relispartition OR j.relhasrules OR j.relhastriggers OR j.relrowsecurity)
          AND (SELECT pg_catalog.string_agg(
                 a.attname::text || ' ' || a.atttypid::text || ' ' || a.attinhcount::text || a.attgenerated::text, ', ' ORDER BY a.attnum)
               FROM pg_catalog.pg_attribute a WHERE a.attrelid = j.oid AND a.attnum > 0 AND NOT a.attisdropped)
            = 'scope 25 0, component 25 0, version 25 0, version_key 25 0s, module 25 0, sha256 25 0, state 25 0, '
              'started_at 1184 0, finished_at 1184 0, run_id 2950 0, host 25 0, by_hand 16 0, note 25 0, error 25 0, '
              'xid 5069 0, cursors 3802 0, earlier 3802 0'
          AND (SELECT pg_catalog.count(*) = 1
                      AND pg_catalog.bool_and(i.indisprimary AND i.indisvalid AND i.indimmediate AND i.indkey::text = '1 2 4')
               FROM pg_catalog.pg_index i WHERE i.indrelid = j.oid)
          AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend part JOIN pg_catalog.pg_depend needed
              ON needed.classid = part.classid AND needed.objid = part.objid
                AND needed.refclassid IN (
                  'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_opclass'::regclass)
            WHERE part.refclassid = 'pg_catalog.pg_class'::regclass AND part.refobjid = j.oid)
          AND EXISTS (SELECT FROM pg_catalog.pg_attrdef f
                      WHERE f.adrelid = j.oid AND f.adnum = 4 AND pg_catalog.strpos(f.adbin::text, $3) > 0
                        AND pg_catalog.strpos(f.adbin::text, $4) > 0 AND pg_catalog.strpos(f.adbin::text, $5) > 0)
          AND pg_catalog.has_table_privilege(j.oid, 'SELECT') AND pg_catalog.has_table_privilege(j.oid, 'INSERT')
          AND pg_catalog.has_table_privilege(j.oid, 'UPDATE') AND pg_catalog.has_schema_privilege(j.relnamespace, 'USAGE')
        """;

    private const string SuspectsSql = $"SELECT j.name FROM ({Tables}) j WHERE NOT ({IsAsMade})";

    /// <summary>
    /// Fails if this transaction did not create the table (<c>$1</c>), or if an event trigger or somebody's default privileges may have
    /// changed it. Otherwise the table is as its CREATE statement says.
    /// </summary>
    public const string DemandMadeHere = """
        SELECT 1 / pg_catalog.count(*) FROM pg_catalog.pg_class j
        WHERE j.oid = pg_catalog.to_regclass($1) AND j.xmin = pg_catalog.pg_current_xact_id()::pg_catalog.xid
          AND pg_catalog.has_table_privilege(j.oid, 'SELECT') AND pg_catalog.has_table_privilege(j.oid, 'INSERT')
          AND pg_catalog.has_table_privilege(j.oid, 'UPDATE')
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D')
        """;

    /// <summary>Fails if the journal of the schema (<c>$1</c>) has any fault.</summary>
    public const string DemandNoFaults = $"SELECT 1 / (SELECT pg_catalog.count(*) = 0 FROM ({Faults}) AS fault)::integer";

    /// <summary>The faults of the tables: schema, kind, and description. <c>$3</c> to <c>$5</c>: <see cref="KeyParts"/>.</summary>
    public const string Faults = $"""
        WITH named AS MATERIALIZED ({Tables}), j AS MATERIALIZED (SELECT * FROM named WHERE relkind = 'r'),
          odd AS MATERIALIZED (SELECT * FROM j WHERE (17, 17) <> (
            SELECT pg_catalog.count(w.name), pg_catalog.count(*) FROM pg_catalog.pg_attribute a
            LEFT JOIN {Columns} AS w(name, type) ON w.name = a.attname AND w.type = a.atttypid
            WHERE a.attrelid = j.oid AND a.attnum > 0 AND NOT a.attisdropped))
        SELECT named.name, 'Shape', 'is ' || CASE relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view'
                 WHEN 'f' THEN 'a foreign table' WHEN 'p' THEN 'a partitioned table' WHEN 'S' THEN 'a sequence'
                 ELSE 'something else' END || ', not an ordinary table'
        FROM named WHERE relkind <> 'r'
        UNION ALL SELECT j.name, 'Shape', 'would be lost in a crash or with a session (it is unlogged or temporary)' FROM j
        WHERE relpersistence <> 'p'
        UNION ALL SELECT j.name, 'Shape', 'is a part of another table, or has parts itself (inheritance)' FROM j
        WHERE EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = j.oid)
           OR relhassubclass AND EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = j.oid)
        UNION ALL SELECT j.name, 'Shape', 'hides rows from this role (row level security)' FROM j
        WHERE relrowsecurity AND pg_catalog.row_security_active(oid)
        UNION ALL SELECT j.name, 'Shape', 'has the rule ' || (SELECT pg_catalog.min(r.rulename)::text FROM pg_catalog.pg_rewrite r
          WHERE r.ev_class = j.oid) FROM j WHERE relhasrules
        UNION ALL SELECT j.name, 'Shape', 'has the trigger ' || t.tgname::text FROM j JOIN pg_catalog.pg_trigger t ON t.tgrelid = j.oid
        WHERE relhastriggers AND NOT t.tgisinternal
        UNION ALL SELECT j.name, 'Shape', 'has no column ' || w.name || ' of the type ' || w.type::text
        FROM odd j CROSS JOIN {Columns} AS w(name, type)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = j.oid AND a.attname = w.name AND a.attnum > 0 AND NOT a.attisdropped
        WHERE a.atttypid IS DISTINCT FROM w.type::oid
        UNION ALL SELECT j.name, 'Shape', 'has the unexpected column ' || a.attname::text
        FROM odd j JOIN pg_catalog.pg_attribute a ON a.attrelid = j.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE a.attname NOT IN (SELECT w.name FROM {Columns} AS w(name, type))
        UNION ALL SELECT j.name, 'Shape', 'does not have the primary key (scope, component, version_key)' FROM j
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = j.oid AND i.indisprimary AND i.indisvalid AND i.indimmediate
          AND ARRAY['component', 'scope', 'version_key'] = ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = j.oid AND a.attnum = ANY (i.indkey) ORDER BY a.attname::text COLLATE "C"))
        UNION ALL SELECT j.name, 'Shape', 'has an additional unique index' FROM j
        WHERE EXISTS (SELECT FROM pg_catalog.pg_index i
                      WHERE i.indrelid = j.oid AND (i.indisunique OR i.indisexclusion) AND NOT i.indisprimary)
        UNION ALL SELECT j.name, 'Shape', 'calls functions that are not part of PostgreSQL' FROM j
        WHERE EXISTS (
          SELECT FROM (
            SELECT 'pg_catalog.pg_constraint'::regclass, k.oid FROM pg_catalog.pg_constraint k WHERE k.conrelid = j.oid
            UNION ALL SELECT 'pg_catalog.pg_attrdef'::regclass, f.oid FROM pg_catalog.pg_attrdef f WHERE f.adrelid = j.oid
            UNION ALL SELECT 'pg_catalog.pg_class'::regclass, i.indexrelid FROM pg_catalog.pg_index i WHERE i.indrelid = j.oid
          ) AS part(class, oid) CROSS JOIN LATERAL (
            SELECT FROM pg_catalog.pg_depend d WHERE d.classid = part.class AND d.objid = part.oid AND d.refclassid IN (
              'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_opclass'::regclass) OFFSET 0) AS needed)
        UNION ALL SELECT j.name, 'Read', '' FROM j
        WHERE NOT pg_catalog.has_table_privilege(oid, 'SELECT') OR NOT pg_catalog.has_schema_privilege(relnamespace, 'USAGE')
        UNION ALL SELECT j.name, 'Write', '' FROM j
        WHERE NOT pg_catalog.has_table_privilege(oid, 'INSERT') OR NOT pg_catalog.has_table_privilege(oid, 'UPDATE')
        UNION ALL SELECT j.name, 'Key', '' FROM j
        JOIN pg_catalog.pg_attribute a ON a.attrelid = j.oid AND a.attname = 'version_key'
        LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = j.oid AND f.adnum = a.attnum
        WHERE a.attgenerated <> 's' OR f.oid IS NULL OR pg_catalog.strpos(f.adbin::text, $3) = 0
           OR pg_catalog.strpos(f.adbin::text, $4) = 0 OR pg_catalog.strpos(f.adbin::text, $5) = 0
        """;

    /// <summary>
    /// Texts that the stored form of the key's expression must contain: bytes as decimal numbers. Printing the expression (pg_get_expr)
    /// would take longer than all other checks.
    /// </summary>
    public static IReadOnlyList<string> KeyParts { get; } =
        [.. new[] { @"(^|\.)0+(?=\d)", @"\1", @"(\.0+)+$" }.Select(text => $" {string.Join(' ', Encoding.ASCII.GetBytes(text))} ]")];

    /// <returns>The faults, by schema. A quick query finds that most tables have none; only the others are asked for details.</returns>
    public static async Task<IReadOnlyList<(string Schema, JournalFault Fault)>> FindAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        if (schemas.Count == 0) return [];
        var suspects = await AskAsync(connection, SuspectsSql, row => row.GetString(0), schemas, cancellationToken);
        return suspects.Count == 0 ? [] : await AskAsync(
            connection, Faults,
            row => (row.GetString(0), new JournalFault(Enum.Parse<JournalFaultKind>(row.GetString(1)), row.GetString(2))),
            suspects, cancellationToken);
    }

    private static async Task<List<T>> AskAsync<T>(
        NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> row, IReadOnlyList<string> schemas,
        CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        var rows = batch.Add(sql, row, Sql.Array(schemas), Journal.TableName, KeyParts[0], KeyParts[1], KeyParts[2]);
        await batch.ReadAsync(cancellationToken);
        return rows;
    }
}
