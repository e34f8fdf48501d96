using Npgsql;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>The existing database that is to be replaced as a whole, read from another database of the same server.</summary>
/// <param name="Oid">Null if there is no such database.</param>
internal sealed record ExistingDatabase(string Name, long? Oid, bool MayReplace, string? Comment, string Sessions)
{
    /// <summary>Prepared transactions, which prevent that it is renamed; as text.</summary>
    public string Prepared { get; init; } = "";

    /// <summary>Replication slots and subscriptions, which would be lost with it; as text.</summary>
    public string Replicated { get; init; } = "";

    public string? Owner { get; init; }

    private const string Mark = "krang-upgrade: ";

    /// <summary>The database that the save is restored into, until it takes the other's place.</summary>
    public static string Restoring(string database) => $"{database}__restoring";

    /// <summary>The replaced database, after the other has taken its place.</summary>
    public static string Before(string database) => $"{database}__before_restore";

    /// <summary>The comment that identifies such a database as a restore's, whichever role created it.</summary>
    public static string MarkOf(string database, string save) => $"{Mark}restore of {database} from {save}";

    public bool IsOurs => Comment?.StartsWith($"{Mark}restore of ", StringComparison.Ordinal) is true;

    public bool Exists => Oid is not null;

    /// <summary>A database from which it can be read and renamed: meanwhile nobody may be connected to it.</summary>
    public static string Elsewhere(Target target) => new NpgsqlConnectionStringBuilder(target.Database)
    {
        Database = target.DatabaseName == "postgres" ? "template1" : "postgres",
    }.ConnectionString;

    public static string In(Target target, string database) =>
        new NpgsqlConnectionStringBuilder(target.Database) { Database = database }.ConnectionString;

    /// <param name="application">Sessions of this name are krang-upgrade's own.</param>
    public static async Task<ExistingDatabase> ReadAsync(
        NpgsqlConnection elsewhere, string name, string application, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT d.oid::bigint,
                   (r.rolsuper OR r.rolcreatedb) AND (d.oid IS NULL OR pg_catalog.pg_has_role(d.datdba, 'USAGE')),
                   -- Only krang-upgrade's own comments are certain to be readable: others are in the encodings of their databases.
                   CASE WHEN pg_catalog.starts_with(pg_catalog.shobj_description(d.oid, 'pg_database'), 'krang-upgrade: restore of ')
                     THEN 'krang-upgrade: restore of ' END,
                   coalesce((SELECT pg_catalog.string_agg(DISTINCT pg_catalog.format('%s of %s (%s)',
                               coalesce(nullif(a.application_name, ''), 'a session'), a.usename, a.pid), ', ')
                             FROM pg_catalog.pg_stat_activity a
                             WHERE a.datid = d.oid AND a.usesysid IS NOT NULL AND a.application_name IS DISTINCT FROM $2
                               AND coalesce(a.backend_type, '') NOT IN ('autovacuum worker', 'parallel worker')), ''),
                   coalesce((SELECT pg_catalog.string_agg(pg_catalog.format('%s of %s', p.gid, p.owner), ', ')
                             FROM pg_catalog.pg_prepared_xacts p WHERE p.database = d.datname), ''),
                   pg_catalog.concat_ws(', ',
                     (SELECT pg_catalog.string_agg('replication slot ' || s.slot_name, ', ')
                      FROM pg_catalog.pg_replication_slots s WHERE s.database = d.datname),
                     (SELECT pg_catalog.string_agg('subscription ' || s.subname, ', ')
                      FROM pg_catalog.pg_subscription s WHERE s.subdbid = d.oid)),
                   pg_catalog.pg_get_userbyid(d.datdba)
            FROM (SELECT $1::text AS name) n LEFT JOIN pg_catalog.pg_database d ON d.datname = n.name
            CROSS JOIN pg_catalog.pg_roles r WHERE r.rolname = current_user
            """, elsewhere)
        {
            Parameters = { new() { Value = name }, new() { Value = application } },
        };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new ExistingDatabase(name, reader.IsDBNull(0) ? null : reader.GetInt64(0), reader.GetBoolean(1),
            reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetString(3))
        {
            Prepared = reader.GetString(4),
            Replicated = reader.GetString(5),
            Owner = reader.IsDBNull(6) ? null : reader.GetString(6),
        };
    }

    /// <summary>What follows the name in CREATE DATABASE, for a database like this one.</summary>
    public static Task<List<string>> OptionsAsync(NpgsqlConnection elsewhere, string name, CancellationToken cancellationToken) =>
        TextsAsync(elsewhere, OptionsSql, name, cancellationToken);

    /// <summary>The database's own properties, as statements with its name.</summary>
    public static Task<List<string>> PropertiesAsync(NpgsqlConnection elsewhere, string name, CancellationToken cancellationToken) =>
        TextsAsync(elsewhere, PropertiesSql, name, cancellationToken);

    /// <summary>Everything that a restore executes to create such a database, to check whether it may.</summary>
    public static async Task<IReadOnlyList<string>> StatementsAsync(
        NpgsqlConnection connection, string name, CancellationToken cancellationToken) =>
        [.. await OptionsAsync(connection, name, cancellationToken), .. await PropertiesAsync(connection, name, cancellationToken)];

    private static async Task<List<string>> TextsAsync(
        NpgsqlConnection connection, string sql, string name, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = name } } };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<string> texts = [];
        while (await reader.ReadAsync(cancellationToken)) texts.Add(reader.GetString(0));
        return texts;
    }

    /// <summary>Through JSON, because each major version has other columns for the locale.</summary>
    private const string OptionsSql = """
        SELECT pg_catalog.format(' WITH TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
                 pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype) ||
               -- Naming a tablespace, even the default one, requires rights on it.
               CASE WHEN t.spcname = 'pg_default' THEN '' ELSE pg_catalog.format(' TABLESPACE %I', t.spcname) END ||
               CASE j ->> 'datlocprovider' WHEN 'i' THEN pg_catalog.format(' LOCALE_PROVIDER icu ICU_LOCALE %L',
                                             coalesce(j ->> 'datlocale', j ->> 'daticulocale'))
                                           WHEN 'b' THEN pg_catalog.format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', j ->> 'datlocale')
                                           ELSE '' END ||
               CASE WHEN j ->> 'daticurules' <> '' THEN pg_catalog.format(' ICU_RULES %L', j ->> 'daticurules') ELSE '' END
        FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
        CROSS JOIN LATERAL pg_catalog.to_jsonb(d) j WHERE d.datname = $1::text
        """;

    /// <summary>A setting that is a list is stored as it is written; any other is one text.</summary>
    private const string PropertiesSql = """
        WITH place AS (SELECT * FROM pg_catalog.pg_database WHERE datname = $1::text)
        SELECT statement FROM (
          SELECT 1 AS part, pg_catalog.format('ALTER DATABASE %I OWNER TO %I', datname, pg_catalog.pg_get_userbyid(datdba)) AS statement
          FROM place
          UNION ALL
          SELECT 2, pg_catalog.format('ALTER DATABASE %I CONNECTION LIMIT %s', datname, datconnlimit) FROM place
          UNION ALL
          SELECT 2, pg_catalog.format('ALTER DATABASE %I IS_TEMPLATE true', datname) FROM place WHERE datistemplate
          UNION ALL
          SELECT 4, pg_catalog.format('REVOKE ALL ON DATABASE %I FROM %s', datname, grantee) FROM place
            CROSS JOIN LATERAL (VALUES ('PUBLIC'), (pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(datdba)))) AS g(grantee)
            WHERE datacl IS NOT NULL
          UNION ALL
          SELECT 5, pg_catalog.format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, datname,
              CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,
              CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM place CROSS JOIN LATERAL pg_catalog.aclexplode(datacl) a
          UNION ALL
          SELECT 6, pg_catalog.format('ALTER %s SET %s TO %s',
              CASE s.setrole WHEN 0 THEN pg_catalog.format('DATABASE %I', datname)
                ELSE pg_catalog.format('ROLE %I IN DATABASE %I', pg_catalog.pg_get_userbyid(s.setrole), datname) END,
              (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(x), '.')
               FROM pg_catalog.unnest(pg_catalog.string_to_array(e.name, '.')) x),
              CASE WHEN e.name IN ('search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries')
                     AND e.value <> '' AND e.value <> '""' THEN e.value
                   ELSE pg_catalog.quote_literal(CASE WHEN e.value = '""' THEN '' ELSE e.value END) END)
            FROM place JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = place.oid
            CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(setting)
            CROSS JOIN LATERAL (SELECT pg_catalog.split_part(c.setting, '=', 1) AS name,
              pg_catalog.substr(c.setting, pg_catalog.strpos(c.setting, '=') + 1) AS value) AS e) AS all_parts
        ORDER BY part
        """;
}
