using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>What pg_dump cannot write with its schema comes back meaning what it meant.</summary>
public class NamesThatThePathFinds(TestServer server)
{
    /// <summary>Each of it finds an operator or a function by the path under which it is made.</summary>
    private const string Sql = """
        SET search_path = acme, public;
        CREATE TABLE word (id integer PRIMARY KEY, a public.citext, b public.citext, h public.hstore, plain text);
        CREATE TABLE same (a public.citext PRIMARY KEY, what text);
        INSERT INTO word VALUES (1, 'X', 'x', 'k=>1', 'X'), (2, 'y', 'Z', NULL, 'z'); INSERT INTO same VALUES ('x', 'found');
        CREATE VIEW of_nullif AS SELECT NULLIF(a, b) IS NULL AS v FROM word ORDER BY id;
        CREATE VIEW of_case AS SELECT CASE a WHEN b THEN 1 ELSE 2 END AS v FROM word ORDER BY id;
        CREATE VIEW of_in AS SELECT a IN (b, 'q'::public.citext) AS v FROM word ORDER BY id;
        CREATE VIEW of_distinct AS SELECT a IS DISTINCT FROM b AS v FROM word ORDER BY id;
        CREATE VIEW of_using AS SELECT what AS v FROM word JOIN same USING (a) ORDER BY 1;
        CREATE VIEW of_natural AS SELECT what AS v FROM (SELECT a FROM word) AS w NATURAL JOIN same ORDER BY 1;
        CREATE VIEW of_any AS SELECT a = ANY (ARRAY['x'::public.citext]) AS v FROM word ORDER BY id;
        CREATE VIEW of_row AS SELECT (a, id) = (b, 1) AS v FROM word ORDER BY id;
        CREATE VIEW of_except AS SELECT a::text AS v FROM (SELECT a FROM word EXCEPT SELECT a FROM same) AS x ORDER BY 1;
        CREATE VIEW of_plain AS SELECT NULLIF(plain, b::text) IS NULL AS v FROM word ORDER BY id;
        CREATE INDEX ON word ((NULLIF(a, b))); CREATE INDEX ON word (id) WHERE (CASE a WHEN b THEN true ELSE false END);
        CREATE FUNCTION is_good(x public.citext) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT x <> ''bad''::citext';
        CREATE FUNCTION shout(x text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN upper_of(x); END $$;
        CREATE FUNCTION upper_of(x text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper(x)';
        ALTER TABLE word ADD CHECK (is_good(a)), ADD CHECK (NULLIF(a, 'bad'::public.citext) IS NOT NULL);
        CREATE INDEX ON word (shout(plain));
        CREATE TABLE made (id integer, x text, loud text GENERATED ALWAYS AS (shout(x)) STORED); INSERT INTO made VALUES (1, 'ab');
        CREATE MATERIALIZED VIEW kept AS SELECT shout(x) AS v FROM made;
        CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.plain := 'touched'; RETURN NEW; END $$;
        CREATE TRIGGER touched BEFORE UPDATE ON word FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touched();
        CREATE POLICY own ON word USING (NULLIF(a, b) IS NULL);
        """;

    /// <summary>The views, and what the trigger says about an update that changes a case only, and one that changes nothing.</summary>
    private const string Ask = """
        SELECT 'nullif', v::text FROM acme.of_nullif UNION ALL SELECT 'case', v::text FROM acme.of_case
        UNION ALL SELECT 'in', v::text FROM acme.of_in UNION ALL SELECT 'distinct', v::text FROM acme.of_distinct
        UNION ALL SELECT 'using', v FROM acme.of_using UNION ALL SELECT 'natural', v FROM acme.of_natural
        UNION ALL SELECT 'any', v::text FROM acme.of_any UNION ALL SELECT 'row', v::text FROM acme.of_row
        UNION ALL SELECT 'except', v FROM acme.of_except UNION ALL SELECT 'plain', v::text FROM acme.of_plain
        UNION ALL SELECT 'made', loud FROM acme.made UNION ALL SELECT 'kept', v FROM acme.kept
        """;

    [Theory]
    [NightlyData("schema")]
    [NightlyData("database")]
    [InlineData("schema of a path that steps have")]
    public async Task E1g_come_back_meaning_the_same(string place)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        var database = installation.Database;
        if (place == "database") database = await WholeAsync(installation);
        if (place.EndsWith("have", StringComparison.Ordinal))
            installation.Settings["Run"] = new JsonObject { ["SearchPath"] = new JsonArray("public") };
        await installation.ExecuteAsync("CREATE EXTENSION citext SCHEMA public; CREATE EXTENSION hstore SCHEMA public", database);
        if (place == "database") await installation.ExecuteAsync("CREATE SCHEMA acme", database);
        await installation.ExecuteAsync(Sql, database);
        await installation.SucceedsAsync("save");
        var (dump, said) = (await DumpText.OfAsync(database, "acme"), await AnswersAsync(database));
        await installation.ExecuteAsync("DROP TABLE acme.word CASCADE; DROP FUNCTION acme.upper_of", database);

        await installation.SucceedsAsync("restore", place == "database" ? "lone" : "acme", "--yes");

        Assert.Equal(dump, await DumpText.OfAsync(database, "acme"));
        Assert.Equal(said, await AnswersAsync(database));
        await installation.ExecuteAsync("SET search_path = acme, public; UPDATE word SET h = 'k=>1' WHERE id = 1", database);
        Assert.Equal(["X", "z"], await installation.QueryAsync("SELECT plain FROM acme.word ORDER BY id", database));
        await installation.ExecuteAsync("SET search_path = acme, public; UPDATE word SET h = 'k=>2' WHERE id = 1", database);
        Assert.Equal(["touched", "z"], await installation.QueryAsync("SELECT plain FROM acme.word ORDER BY id", database));
    }

    private static async Task<List<string>> AnswersAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var query = new NpgsqlCommand(Ask, connection);
        await using var reader = await query.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        List<string> answers = [];
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) answers.Add($"{reader[0]} {reader[1]}");
        return answers;
    }

    private static async Task<string> WholeAsync(TestInstallation installation)
    {
        await installation.ExecuteAsync("CREATE DATABASE path_of_names");
        installation.Settings["Instances"] = new JsonObject { ["lone"] = new JsonObject { ["Database"] = "Database=path_of_names" } };
        return new NpgsqlConnectionStringBuilder(installation.Database) { Database = "path_of_names" }.ConnectionString;
    }
}
