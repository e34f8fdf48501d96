using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>Bytes go from the server into the save and back; no program in between has to know what they mean.</summary>
public class DatabasesInOtherEncodings(TestServer server)
{
    /// <summary>All encodings that a database may be in, but for MULE_INTERNAL, to which nobody can connect who speaks UTF-8.</summary>
    public static TheoryData<string, string> Encodings => new TheoryData<string, string>
    {
        { "EUC_CN", "日本" }, { "EUC_JP", "日本" }, { "EUC_JIS_2004", "日本" }, { "EUC_KR", "한국" }, { "EUC_TW", "日本" },
        { "ISO_8859_5", "яж" }, { "ISO_8859_6", "ـف" }, { "ISO_8859_7", "λω" }, { "ISO_8859_8", "אב" },
        { "KOI8R", "яж" }, { "KOI8U", "яї" }, { "LATIN1", "éÿ" }, { "LATIN2", "őł" }, { "LATIN3", "ħĝ" }, { "LATIN4", "ąņ" },
        { "LATIN5", "ğş" }, { "LATIN6", "ðŧ" }, { "LATIN7", "ąž" }, { "LATIN8", "ŵẃ" }, { "LATIN9", "€œ" }, { "LATIN10", "șț" },
        { "WIN866", "яж" }, { "WIN874", "กข" }, { "WIN1250", "őł" }, { "WIN1251", "яж" }, { "WIN1252", "€œ" }, { "WIN1253", "λω" },
        { "WIN1254", "ğş" }, { "WIN1255", "אב" }, { "WIN1256", "فق" }, { "WIN1257", "ąž" }, { "WIN1258", "ơư" }, { "UTF8", "é😀" },
        { "SQL_ASCII", "é😀" },
    }.AtNightBut("EUC_JP", "SQL_ASCII");

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task E4_are_saved_and_restored_as_whole_databases_and_as_schemas(string encoding, string letters)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server);
        var name = $"in_{encoding.ToLowerInvariant()}";
        foreach (var suffix in new[] { "whole", "part" })
            await installation.ExecuteAsync(
                $"CREATE DATABASE {name}_{suffix} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        installation.Settings["Instances"] = new JsonObject
        {
            ["whole"] = new JsonObject { ["Database"] = $"Database={name}_whole" },
            ["part"] = new JsonObject { ["Database"] = $"Database={name}_part", ["Schema"] = "acme" },
        };
        List<string> databases = [In(installation, $"{name}_whole"), In(installation, $"{name}_part")];
        foreach (var database in databases)
            await installation.ExecuteAsync("CREATE SCHEMA acme;" + Sql(letters, encoding == "SQL_ASCII"), database);
        await installation.SucceedsAsync("save", "whole", "part");
        var before = await ContentsAsync(installation, databases);
        foreach (var database in databases)
            await installation.ExecuteAsync($"DROP TABLE acme.\"{letters}\" CASCADE; DROP FUNCTION acme.said()", database);

        await installation.SucceedsAsync("restore", "whole", "part", "--yes");

        Assert.Equal(before, await ContentsAsync(installation, databases));
    }

    private static string Sql(string letters, bool anyBytes) => $"""
        CREATE TABLE acme."{letters}" (id integer PRIMARY KEY, "c{letters}" text DEFAULT '{letters}' CHECK ("c{letters}" <> 'x{letters}'));
        INSERT INTO acme."{letters}" VALUES (1, '{letters}'), (2, 'a{letters}\b;');
        COMMENT ON TABLE acme."{letters}" IS 'of {letters}'; COMMENT ON SCHEMA acme IS '{letters}';
        CREATE VIEW acme."v{letters}" AS SELECT "c{letters}" || '{letters}' AS "w{letters}" FROM acme."{letters}";
        CREATE FUNCTION acme.said() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN '{letters};'; END $$;
        DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), '{letters}'); END $$;
        {(anyBytes ? """
        DO $$ DECLARE bytes text := convert_from('\xfffe80'::bytea, 'SQL_ASCII'); BEGIN
          EXECUTE 'CREATE TABLE acme.raw (b text DEFAULT ' || quote_literal(bytes) || ')'; INSERT INTO acme.raw DEFAULT VALUES;
          EXECUTE 'COMMENT ON COLUMN acme.raw.b IS ' || quote_literal(bytes);
          EXECUTE 'CREATE VIEW acme.' || quote_ident(bytes) || ' AS SELECT 1';
        END $$;
        """ : "")}
        """;

    /// <summary>As the server has them, byte for byte.</summary>
    private static async Task<List<string>> ContentsAsync(TestInstallation installation, IEnumerable<string> databases)
    {
        List<string> contents = [];
        foreach (var database in databases)
            contents.AddRange(await installation.QueryAsync("""
                WITH named AS (SELECT c.oid, c.relname::text AS name FROM pg_class c
                  WHERE c.relnamespace = 'acme'::regnamespace AND c.relkind IN ('r', 'v'))
                SELECT encode(convert_to(concat_ws('|', n.name, obj_description(n.oid, 'pg_class'),
                    (SELECT string_agg(concat_ws(' ', a.attname, pg_get_expr(d.adbin, d.adrelid), col_description(n.oid, a.attnum)), ',')
                     FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = n.oid AND d.adnum = a.attnum
                     WHERE a.attrelid = n.oid AND a.attnum > 0),
                    query_to_xml('SELECT md5(t::text) FROM acme.' || quote_ident(n.name) || ' t', false, true, '')::text),
                  getdatabaseencoding()), 'hex') FROM named n
                UNION ALL SELECT encode(convert_to(prosrc, getdatabaseencoding()), 'hex') FROM pg_proc WHERE proname = 'said'
                UNION ALL SELECT encode(convert_to(shobj_description(oid, 'pg_database'), getdatabaseencoding()), 'hex')
                  FROM pg_database WHERE datname = current_database()
                ORDER BY 1
                """, database));
        return contents;
    }

    private static string In(TestInstallation installation, string database) =>
        new NpgsqlConnectionStringBuilder(installation.Database) { Database = database }.ConnectionString;
}
