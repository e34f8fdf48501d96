namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>A schema with one of each kind of thing that may lie in it, under names that need their quotes.</summary>
internal static class Everything
{
    /// <param name="schema">Quoted.</param>
    /// <param name="major">Of the server: bodies of SQL came with 14.</param>
    public static string Sql(string schema, int major) => $"""
        CREATE TYPE {schema}.mood AS ENUM ('sad; ', 'it''s', 'ok');
        CREATE DOMAIN {schema}.positive AS integer CHECK (VALUE > 0);
        CREATE TYPE {schema}.pair AS (a integer, "b""c" text);
        CREATE TYPE {schema}.span AS RANGE (subtype = integer);
        CREATE TABLE {schema}.author (id serial PRIMARY KEY, name text NOT NULL DEFAULT E'a\\b''c', secret text DEFAULT public.shared());
        CREATE TABLE {schema}."story; ""x" (
          id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author_id integer REFERENCES {schema}.author ON DELETE CASCADE,
          "told;" text CHECK ("told;" <> '$$;'), mood {schema}.mood, size {schema}.positive,
          twice integer GENERATED ALWAYS AS (author_id * 2) STORED);
        INSERT INTO {schema}.author (name) SELECT 'author ' || i FROM generate_series(1, 20) AS i;
        INSERT INTO {schema}."story; ""x" (author_id, "told;", mood, size)
          VALUES (1, E'\\.', 'ok', 1), (2, E'\n\\.\n', 'sad; ', 2), (3, E'\\N', NULL, NULL),
                 (4, E'\t\r\n\\x \b é😀 '';', 'it''s', 3), (5, '', 'ok', 4),
                 (6, '\connect other', 'ok', 5), (NULL, NULL, NULL, NULL);
        CREATE INDEX ON {schema}."story; ""x" ("told;" COLLATE "C") WHERE size > 1;
        CREATE STATISTICS {schema}.how ON author_id, size FROM {schema}."story; ""x";
        CREATE TABLE {schema}.event (at date, what text) PARTITION BY RANGE (at);
        CREATE TABLE {schema}.event_1 PARTITION OF {schema}.event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
        CREATE TABLE {schema}.event_rest PARTITION OF {schema}.event DEFAULT;
        INSERT INTO {schema}.event VALUES ('2026-05-05', 'this'), ('2020-01-01', 'that');
        CREATE SEQUENCE {schema}."count;er" START 5 INCREMENT 3;
        SELECT nextval('{Literal(schema)}."count;er"'), nextval('{Literal(schema)}."count;er"');
        CREATE VIEW {schema}.v1 AS SELECT id, "told;" AS "case" FROM {schema}."story; ""x";
        CREATE VIEW {schema}.v2 AS SELECT count(*) AS "end" FROM {schema}.v1;
        CREATE MATERIALIZED VIEW {schema}.m AS SELECT * FROM {schema}.v2;
        CREATE RULE r AS ON INSERT TO {schema}.v2 DO INSTEAD
          (INSERT INTO {schema}.author DEFAULT VALUES; DELETE FROM {schema}.author WHERE id < 0);
        CREATE FUNCTION {schema}.begin("atomic;" integer) RETURNS text LANGUAGE plpgsql AS $fn$ BEGIN RETURN $$;$$ || '$fn'; END; $fn$;
        CREATE FUNCTION {schema}.touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.name || ';'; RETURN NEW; END $$;
        CREATE TRIGGER "on;" BEFORE UPDATE ON {schema}.author FOR EACH ROW WHEN (NEW.name <> ';') EXECUTE FUNCTION {schema}.touched();
        {(major < 14 ? "" : $"""
        DO $do$ BEGIN EXECUTE $sql$CREATE FUNCTION {schema}.sql_body(x integer) RETURNS integer BEGIN ATOMIC
          SELECT CASE WHEN x > 1 THEN 2 ELSE (CASE x WHEN 0 THEN 7 END) END; SELECT count(*) AS "end" FROM {schema}.author; END$sql$;
        EXECUTE $sql$CREATE PROCEDURE {schema}.sql_procedure() BEGIN ATOMIC
          INSERT INTO {schema}.author DEFAULT VALUES; DELETE FROM {schema}.author WHERE id < 0; END$sql$; END $do$;
        """)}
        CREATE AGGREGATE {schema}.total (integer) (sfunc = int4pl, stype = integer, initcond = '0');
        CREATE OPERATOR {schema}.=== (leftarg = integer, rightarg = integer, function = int4eq);
        CREATE COLLATION {schema}.plain FROM "C";
        CREATE TEXT SEARCH CONFIGURATION {schema}.words (COPY = simple);
        ALTER TABLE {schema}.author ENABLE ROW LEVEL SECURITY;
        CREATE POLICY "own;" ON {schema}.author USING (name = current_user || ';');
        COMMENT ON SCHEMA {schema} IS 'a;''comment'; COMMENT ON COLUMN {schema}.author.name IS E'two\nlines\n\\.\n--';
        COMMENT ON FUNCTION {schema}.begin(integer) IS 'begin atomic;';
        GRANT USAGE ON SCHEMA {schema} TO restored_reader; GRANT SELECT (id, name) ON {schema}.author TO restored_reader WITH GRANT OPTION;
        REVOKE ALL ON FUNCTION {schema}.touched() FROM PUBLIC;
        ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO restored_reader;
        ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT EXECUTE ON FUNCTIONS TO restored_reader;
        ALTER TABLE {schema}.event OWNER TO restored_owner; GRANT CREATE ON SCHEMA {schema} TO restored_owner;
        """;

    /// <summary>A name within a text.</summary>
    private static string Literal(string schema) => schema.Replace("'", "''", StringComparison.Ordinal);

    /// <summary>Of the cluster and the database: what is not saved with a schema.</summary>
    public const string Around = """
        DO $$ BEGIN CREATE ROLE restored_reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        DO $$ BEGIN CREATE ROLE restored_owner; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        CREATE OR REPLACE FUNCTION public.shared() RETURNS text LANGUAGE sql AS 'SELECT ''x''';
        """;

    /// <summary>Spoils definitions, rows, sequences, grants, comments, and adds what was not there.</summary>
    public static string Sabotage(string schema) => $"""
        DELETE FROM {schema}.author WHERE id > 3; DROP TABLE {schema}.event; DROP VIEW {schema}.v2 CASCADE;
        DROP SEQUENCE {schema}."count;er";
        ALTER TABLE {schema}."story; ""x" DROP COLUMN mood; ALTER TYPE {schema}.mood ADD VALUE 'late';
        CREATE TABLE {schema}.added (id serial, at {schema}.span); CREATE VIEW {schema}.added_view AS SELECT * FROM {schema}.added;
        CREATE FUNCTION {schema}.added() RETURNS {schema}.pair LANGUAGE sql AS 'SELECT NULL::{Literal(schema)}.pair';
        CREATE TABLE {schema}.parts (id integer) PARTITION BY LIST (id); CREATE TABLE {schema}.part PARTITION OF {schema}.parts DEFAULT;
        COMMENT ON SCHEMA {schema} IS NULL; REVOKE USAGE ON SCHEMA {schema} FROM restored_reader; GRANT ALL ON SCHEMA {schema} TO PUBLIC;
        GRANT ALL ON {schema}.author TO PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT ALL ON SEQUENCES TO PUBLIC;
        ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE SELECT ON TABLES FROM restored_reader;
        SELECT setval('{Literal(schema)}.author_id_seq', 99);
        """;
}
