namespace PluginUpgrade.PostgresTests.Restores.Matrix;

/// <summary>What is special about a database or schema that is saved and restored.</summary>
/// <param name="ByOwner">SQL that the owning role runs; <c>{S}</c> is the schema, <c>{D}</c> the database, <c>{Q}</c> a name.</param>
/// <param name="BySuperuser">SQL that a superuser runs afterwards.</param>
internal sealed record RestoreKind(string Name, string ByOwner = "", string BySuperuser = "")
{
    /// <summary>What follows the name in CREATE DATABASE.</summary>
    public string Options { get; init; } = "";

    /// <summary>SQL that spoils what is there, by the owning role.</summary>
    public string Sabotage { get; init; } = "DROP TABLE {S}.t CASCADE; CREATE TABLE {S}.added ()";

    /// <summary>The installation's schema, <c>public</c>, is saved and restored together with it.</summary>
    public bool WithPublic { get; init; }

    public override string ToString() => Name;

    private const string Table = "CREATE TABLE {S}.t (id integer PRIMARY KEY, v text); INSERT INTO {S}.t VALUES (1, 'one'), (2, 'two');";

    public static IReadOnlyList<RestoreKind> All { get; } =
    [
        new("plain", Table + """
            CREATE VIEW {S}.v AS SELECT count(*) FROM {S}.t; CREATE SEQUENCE {S}.s START 7;
            CREATE FUNCTION {S}.f() RETURNS bigint LANGUAGE sql AS 'SELECT count FROM {S}.v';
            GRANT SELECT ON {S}.t TO matrix_reader; COMMENT ON TABLE {S}.t IS 'all; of it';
            """),
        new("trusted extension", "CREATE EXTENSION citext SCHEMA {S}; CREATE TABLE {S}.t (v {S}.citext); INSERT INTO {S}.t VALUES ('A');"),
        new("untrusted extension", Table, "CREATE EXTENSION pageinspect SCHEMA {S};"),
        new("foreign owner", Table, """
            CREATE TABLE {S}.theirs (id integer); ALTER TABLE {S}.theirs OWNER TO matrix_foreign;
            GRANT SELECT ON {S}.theirs TO matrix_owner;
            """),
        new("foreign grantor", Table + """
            GRANT SELECT ON {S}.t TO matrix_foreign WITH GRANT OPTION; GRANT USAGE ON SCHEMA {S} TO matrix_foreign;
            """, "SET ROLE matrix_foreign; GRANT SELECT ON {S}.t TO matrix_reader;"),
        new("settings", Table + "ALTER DATABASE {D} SET work_mem = '7MB'; ALTER DATABASE {D} SET search_path = '$user', public;"),
        new("settings of a role", Table, "ALTER ROLE matrix_reader IN DATABASE {D} SET work_mem = '7MB';"),
        new("settings of superusers", Table, "ALTER DATABASE {D} SET log_statement = 'ddl';"),
        new("grants on the database", Table, """
            REVOKE CONNECT ON DATABASE {D} FROM PUBLIC; GRANT TEMPORARY ON DATABASE {D} TO matrix_reader;
            """),
        new("publication", Table + "CREATE PUBLICATION p FOR TABLE {S}.t (id, v) WHERE (id > 1);")
        {
            // Which tables are published belongs to the database: a schema's restore keeps what is so when it comes.
            Sabotage = "INSERT INTO {S}.t VALUES (3, 'three')",
        },
        new("publication of all", Table, "CREATE PUBLICATION p FOR ALL TABLES;"),
        new("slot", Table, "SELECT pg_create_logical_replication_slot('{Q}', 'pgoutput');"),
        new("template", Table, "ALTER DATABASE {D} IS_TEMPLATE true;"),
        new("forced row security", Table + """
            ALTER TABLE {S}.t ENABLE ROW LEVEL SECURITY; ALTER TABLE {S}.t FORCE ROW LEVEL SECURITY;
            CREATE POLICY p ON {S}.t USING (id > 1);
            """),
        new("circular keys", Table + """
            CREATE TABLE {S}.a (id integer PRIMARY KEY, b integer); CREATE TABLE {S}.b (id integer PRIMARY KEY, a integer REFERENCES {S}.a);
            INSERT INTO {S}.a VALUES (1, 1); INSERT INTO {S}.b VALUES (1, 1); ALTER TABLE {S}.a ADD FOREIGN KEY (b) REFERENCES {S}.b;
            """),
        new("keys to public", """
            CREATE TABLE public.account (id integer PRIMARY KEY); INSERT INTO public.account VALUES (7);
            CREATE TABLE {S}.t (id integer REFERENCES public.account); INSERT INTO {S}.t VALUES (7);
            """)
        {
            Sabotage = "DROP TABLE {S}.t CASCADE; INSERT INTO public.account VALUES (8)",
            WithPublic = true,
        },
        new("view elsewhere", Table + "CREATE SCHEMA other; CREATE VIEW other.v AS SELECT * FROM {S}.t;")
        {
            Sabotage = "INSERT INTO {S}.t VALUES (3)",
        },
        new("event trigger", Table + "CREATE FUNCTION {S}.e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';", """
            CREATE EVENT TRIGGER "{Q}" ON ddl_command_end EXECUTE FUNCTION {S}.e();
            """)
        {
            Sabotage = "INSERT INTO {S}.t VALUES (3)",
        },
        new("public of a superuser", "", """
            ALTER SCHEMA public OWNER TO CURRENT_USER; GRANT ALL ON SCHEMA public TO PUBLIC;
            SET ROLE matrix_owner;
            """ + Table),
        new("default privileges", Table + "ALTER DEFAULT PRIVILEGES IN SCHEMA {S} GRANT SELECT ON TABLES TO matrix_reader;"),
        new("large object", Table + "SELECT lo_from_bytea(4711, 'large'); GRANT SELECT ON LARGE OBJECT 4711 TO matrix_reader;"),
        .. CitextForms(),
        .. Encodings(),
    ];

    /// <summary>Every form that an operator of an extension may have in a definition.</summary>
    private static IEnumerable<RestoreKind> CitextForms() =>
    [
        new("citext operators", "CREATE EXTENSION citext SCHEMA public;" + """
            SET search_path = {S}, public;
            CREATE TABLE t (id integer PRIMARY KEY, v citext NOT NULL CHECK (v <> 'NO'), w citext, CHECK (v IN ('A', 'a', 'B')),
              same boolean GENERATED ALWAYS AS (v = w) STORED);
            INSERT INTO t VALUES (1, 'a', 'A'), (2, 'B', 'c');
            CREATE UNIQUE INDEX ON t (v); CREATE INDEX ON t (id) WHERE v = 'A'; CREATE INDEX ON t ((nullif(v, 'A')));
            CREATE VIEW v1 AS SELECT id FROM t WHERE v = 'A' OR v IN ('A', 'B') OR v IS DISTINCT FROM w OR v BETWEEN 'A' AND 'B';
            CREATE VIEW v2 AS SELECT nullif(v, w) a, CASE v WHEN 'A' THEN 1 END b, v LIKE 'A%' c, v ~ 'a' d,
              v = ANY (ARRAY['A']::citext[]) e FROM t;
            CREATE VIEW v3 AS SELECT a.id FROM t a JOIN t b USING (v) WHERE (a.v, a.id) = (b.v, b.id);
            CREATE VIEW v4 AS SELECT id FROM t WHERE v = ALL (SELECT w FROM t);
            CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW WHEN (OLD.v IS DISTINCT FROM NEW.v) EXECUTE FUNCTION touched();
            ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (v = 'A');
            RESET search_path;
            """),
    ];

    private static IEnumerable<RestoreKind> Encodings() =>
        from encoding in new (string Name, string Bytes)[]
        {
            ("UTF8", "c3a9f09f9880"), ("SQL_ASCII", "e9ff80"), ("LATIN1", "e9"), ("LATIN2", "f5"), ("LATIN6", "e1"), ("LATIN8", "e1"),
            ("LATIN10", "e9"), ("WIN1251", "e6"), ("WIN1258", "e9"), ("KOI8R", "d6"), ("ISO_8859_5", "d6"), ("EUC_JP", "c6fc"),
            ("EUC_TW", "c4e3"),
        }
        select new RestoreKind($"encoding {encoding.Name}", $$"""
            DO $do$ DECLARE x text := convert_from('\x{{encoding.Bytes}}', '{{encoding.Name}}'); BEGIN
            EXECUTE format('CREATE TABLE {S}.t (v text DEFAULT %L)', x); EXECUTE format('INSERT INTO {S}.t VALUES (%L)', x || x);
            EXECUTE format('CREATE TABLE {S}.%I (%I text)', 'n' || x, x);
            EXECUTE format('COMMENT ON TABLE {S}.t IS %L', x || ';''"'); END $do$;
            """)
        {
            Options = $" TEMPLATE template0 ENCODING '{encoding.Name}' LC_COLLATE 'C' LC_CTYPE 'C'",
        };
}
