using System.Text.Json.Nodes;
using Npgsql;

namespace PluginUpgrade.PostgresTests.Restores;

/// <summary>Things that few databases have, and that come back all the same.</summary>
public class WhatIsSeldom(TestServer server)
{
    [Theory]
    [InlineData("")]
    [NightlyData("WHERE id > 1")]
    public async Task E1h_rows_of_an_extensions_configuration_neither_collide_nor_double(string condition)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        await installation.ExecuteAsync($"""
            CREATE EXTENSION citext SCHEMA public; CREATE TABLE acme.conf (id integer PRIMARY KEY, v text); CREATE TABLE acme.bare (v text);
            ALTER EXTENSION citext ADD TABLE acme.conf; ALTER EXTENSION citext ADD TABLE acme.bare;
            UPDATE pg_extension SET extconfig = ARRAY['acme.conf'::regclass::oid, 'acme.bare'::regclass::oid],
              extcondition = ARRAY['{condition}', ''] WHERE extname = 'citext';
            INSERT INTO acme.conf VALUES (1, 'own'), (2, 'ours'); INSERT INTO acme.bare VALUES ('x'), ('x');
            """);
        await installation.SucceedsAsync("save", "acme");
        await installation.ExecuteAsync("INSERT INTO acme.conf VALUES (3, 'later'); UPDATE acme.conf SET v = 'changed' WHERE id = 2");

        await installation.SucceedsAsync("restore", "acme", "--yes");

        Assert.Equal(["1 own", "2 ours"], await installation.QueryAsync("SELECT id || ' ' || v FROM acme.conf ORDER BY id"));
        Assert.Equal(["2"], await installation.QueryAsync("SELECT count(*) FROM acme.bare"));
    }

    [Nightly]
    [Fact]
    public async Task E1h_a_template_stays_one_and_leaves_nothing_behind()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server);
        var lone = await MakeAsync(installation, "seldom_template");
        await installation.ExecuteAsync("CREATE TABLE t (id integer); ALTER DATABASE seldom_template IS_TEMPLATE true", lone);
        await installation.SucceedsAsync("save");
        var before = await DumpText.OfAsync(lone);

        await installation.SucceedsAsync("restore", "lone", "--yes");
        await installation.SucceedsAsync("restore", "lone", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(lone));
        Assert.Equal(["seldom_template"],
            await installation.QueryAsync("SELECT datname FROM pg_database WHERE datname LIKE 'seldom\\_template%'"));
        await installation.ExecuteAsync("ALTER DATABASE seldom_template IS_TEMPLATE false");
        await installation.ExecuteAsync("DROP DATABASE seldom_template");
        await installation.SucceedsAsync("restore", "lone", "--yes");
        Assert.Equal(before, await DumpText.OfAsync(lone));
    }

    [Theory]
    [NightlyData(false)]
    [InlineData(true)]
    public async Task E4_keys_in_a_circle_and_forced_row_security_come_back(bool whole)
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        var database = whole ? await MakeAsync(installation, "seldom_circle") : installation.Database;
        await installation.ExecuteAsync((whole ? "CREATE SCHEMA acme;" : "") + """
            CREATE TABLE acme.a (id integer PRIMARY KEY, b integer, self integer REFERENCES acme.a);
            CREATE TABLE acme.b (id integer PRIMARY KEY, a integer REFERENCES acme.a);
            ALTER TABLE acme.a ADD FOREIGN KEY (b) REFERENCES acme.b DEFERRABLE INITIALLY DEFERRED;
            BEGIN; INSERT INTO acme.a VALUES (1, 1, 1); INSERT INTO acme.b VALUES (1, 1); COMMIT;
            ALTER TABLE acme.a ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY none ON acme.a USING (id > 5);
            CREATE MATERIALIZED VIEW acme.m AS SELECT count(*) FROM acme.a;
            CREATE TABLE acme.bare (); INSERT INTO acme.bare DEFAULT VALUES;
            CREATE TRIGGER off BEFORE INSERT ON acme.b FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
            ALTER TABLE acme.b DISABLE TRIGGER off;
            """, database);
        await installation.SucceedsAsync("save", whole ? "lone" : "acme");
        var before = await DumpText.OfAsync(database, "acme");
        await installation.ExecuteAsync("TRUNCATE acme.a CASCADE; ALTER TABLE acme.b ENABLE TRIGGER off", database);

        await installation.SucceedsAsync("restore", whole ? "lone" : "acme", "--yes");

        Assert.Equal(before, await DumpText.OfAsync(database, "acme"));
    }

    /// <summary>pg_dump's text of some expressions changes when it is read back: that is no difference.</summary>
    [Nightly]
    [Fact]
    public async Task E1g_an_expression_whose_text_changes_when_it_is_read_back_is_none()
    {
        await using var installation = await TestInstallation.CreateForSavesAsync(server, "acme");
        await installation.ExecuteAsync("""
            CREATE TABLE acme.t (
              v varchar(9) CHECK (v IN ('a', 'b')), n numeric(4, 2) CHECK (n IN (1, 2.5)), d date DEFAULT 'today'::text::date);
            CREATE INDEX ON acme.t (v) WHERE v IN ('a', 'b');
            CREATE VIEW acme.v AS SELECT v NOT IN ('a', 'c') AS x, n BETWEEN 1 AND 2 AS y FROM acme.t;
            CREATE POLICY p ON acme.t USING (v = ANY (ARRAY['a', 'b']));
            CREATE FUNCTION acme.f(x varchar DEFAULT 'a'::varchar(1), y numeric DEFAULT 1 + 2) RETURNS text LANGUAGE sql AS 'SELECT $1';
            """);
        await installation.SucceedsAsync("save", "acme");

        await installation.SucceedsAsync("restore", "acme", "--yes");
        await installation.SucceedsAsync("save", "acme");
        await installation.SucceedsAsync("restore", "acme", "--yes");
    }

    private static async Task<string> MakeAsync(TestInstallation installation, string name)
    {
        await installation.ExecuteAsync($"CREATE DATABASE {name}");
        installation.Settings["Instances"]!["lone"] = new JsonObject { ["Database"] = $"Database={name}" };
        return new NpgsqlConnectionStringBuilder(installation.Database) { Database = name }.ConnectionString;
    }
}
