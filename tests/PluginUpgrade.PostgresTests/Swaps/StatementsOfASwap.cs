using PluginUpgrade.Swaps;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>What follows a schema's name at the exchange, run as the swap and the rollback run it.</summary>
public class StatementsOfASwap(TestServer server)
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    private static async Task SwapAsync(TwoSchemas schemas, params string[] carried) => await schemas.ExecuteAsync(string.Join(";\n",
    [
        "BEGIN", .. await SwapStatements.ReadAsync(schemas.Connection, TwoSchemas.Live, TwoSchemas.Next, carried, Token),
        "ALTER SCHEMA acme RENAME TO acme__before", "ALTER SCHEMA acme__next RENAME TO acme", "COMMIT",
    ]));

    private static async Task SwapBackAsync(TwoSchemas schemas, params string[] carried) => await schemas.ExecuteAsync(string.Join(";\n",
    [
        "BEGIN", .. await SwapStatements.ReadBackAsync(schemas.Connection, TwoSchemas.Live, TwoSchemas.Before, carried, Token),
        "ALTER SCHEMA acme RENAME TO acme__failed", "ALTER SCHEMA acme__before RENAME TO acme", "COMMIT",
    ]));

    [Theory]
    [InlineData("", "", 7, true, 3, true, "8")]
    [InlineData("", "", 3, true, 7, true, "8")]
    [InlineData("", "", 7, true, 7, false, "8")]
    [InlineData("", "", 7, false, 7, true, "8")]
    [InlineData("", "", 9, false, 3, true, "9")]
    [InlineData("INCREMENT -1", "INCREMENT -1", -7, true, -3, true, "-8")]
    [InlineData("INCREMENT -1", "INCREMENT -1", -3, true, -7, true, "-8")]
    [InlineData("", "INCREMENT 10", 7, true, 3, true, "17")]
    [InlineData("", "INCREMENT -1 MINVALUE -9", 7, true, -3, true, "-4")]
    [InlineData("MAXVALUE 9 CYCLE", "MAXVALUE 9 CYCLE", 2, true, 8, true, "3")]
    [InlineData("MAXVALUE 9223372036854775807", "", 9223372036854775806, true, 1, false, "9223372036854775807")]
    public async Task Sequences_go_on_where_the_live_ones_are_if_that_is_further(
        string live, string next, long liveAt, bool liveCalled, long nextAt, bool nextCalled, string given)
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, $"""
            CREATE SEQUENCE acme."a b" {live}; SELECT setval('acme."a b"', {liveAt}, {liveCalled});
            CREATE SEQUENCE acme__next."a b" {next}; SELECT setval('acme__next."a b"', {nextAt}, {nextCalled});
            CREATE SEQUENCE acme.alone; CREATE TABLE acme__next.alone ()
            """);

        await SwapAsync(schemas);

        Assert.Equal([given], await schemas.QueryAsync("SELECT nextval('acme.\"a b\"')"));
    }

    [Fact]
    public async Task The_old_sequences_are_advanced_at_the_way_back()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, """
            CREATE TABLE acme.story (id serial); CREATE TABLE acme__next.story (id int GENERATED ALWAYS AS IDENTITY)
            """);
        await SwapAsync(schemas);
        await schemas.ExecuteAsync("SELECT nextval('acme.story_id_seq') FROM generate_series(1, 5)");

        await SwapBackAsync(schemas);

        Assert.Equal(["6"], await schemas.QueryAsync("SELECT nextval('acme.story_id_seq')"));
    }

    [Fact]
    public async Task Carried_tables_go_there_and_back_with_all_that_is_theirs()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, """
            CREATE TABLE acme."Big" (id serial PRIMARY KEY, a int, b int); CREATE INDEX big_a ON acme."Big" (a);
            CREATE STATISTICS acme.big_stats ON a, b FROM acme."Big"; INSERT INTO acme."Big" (a) VALUES (1), (2);
            CREATE TABLE acme.big2 (id int) PARTITION BY LIST (id); CREATE TABLE acme.big2_1 PARTITION OF acme.big2 FOR VALUES IN (1);
            CREATE VIEW public.outside AS SELECT * FROM acme."Big"
            """);
        var names = "SELECT relname FROM pg_class WHERE relnamespace = 'acme'::regnamespace UNION ALL "
            + "SELECT stxname FROM pg_statistic_ext WHERE stxnamespace = 'acme'::regnamespace ORDER BY 1";
        var before = await schemas.QueryAsync(names);

        await SwapAsync(schemas, "Big", "big2", "big2_1");
        Assert.Equal(before, await schemas.QueryAsync(names));
        Assert.Empty(await schemas.QueryAsync("SELECT relname FROM pg_class WHERE relnamespace = 'acme__before'::regnamespace"));
        Assert.Equal(["3"], await schemas.QueryAsync("INSERT INTO acme.\"Big\" DEFAULT VALUES RETURNING id"));

        await SwapBackAsync(schemas, "Big", "big2", "big2_1", "dropped meanwhile");
        Assert.Equal(before, await schemas.QueryAsync(names));
        Assert.Equal(["3"], await schemas.QueryAsync("SELECT count(*) FROM public.outside"));
    }

    [Fact]
    public async Task Relocatable_extensions_stay_with_the_name()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, "CREATE EXTENSION hstore SCHEMA acme");
        const string Place = "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'hstore'";
        await SwapAsync(schemas);
        Assert.Equal(["acme"], await schemas.QueryAsync(Place));
        await SwapBackAsync(schemas);
        Assert.Equal(["acme"], await schemas.QueryAsync(Place));
    }

    [Fact]
    public async Task Publications_of_tables_follow_the_name_with_their_columns_and_rows()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, """
            CREATE TABLE acme.a (id int PRIMARY KEY, n int); CREATE TABLE acme__next.a (more int, id int PRIMARY KEY, n int);
            CREATE TABLE acme.only_here (id int PRIMARY KEY); CREATE TABLE acme.big (id int PRIMARY KEY);
            CREATE TABLE acme.both (id int PRIMARY KEY); CREATE TABLE acme__next.both (id int PRIMARY KEY);
            CREATE PUBLICATION "p 1" FOR TABLE acme.a, acme.only_here, acme.big, acme.both, acme__next.both
            """);
        var parts = schemas.Connection.PostgreSqlVersion.Major >= 15;
        if (parts) await schemas.ExecuteAsync("CREATE PUBLICATION q FOR TABLE acme.a (n, id) WHERE (id > 3)");
        if (parts) await schemas.ExecuteAsync("CREATE PUBLICATION r FOR TABLES IN SCHEMA acme");
        const string Of = "SELECT pubname || ' ' || schemaname || '.' || tablename FROM pg_publication_tables ORDER BY 1";
        var before = (await schemas.QueryAsync(Of)).Where(row => !row.Contains("__next")).ToList();

        await SwapAsync(schemas, "big");

        var after = await schemas.QueryAsync(Of);
        Assert.Equal(before.Where(row => !row.EndsWith("only_here", StringComparison.Ordinal)),
            after.Where(row => !row.Contains("__before")));
        Assert.Equal(["p 1 acme__before.only_here"], after.Where(row => row.Contains("__before")));
        if (parts)
            Assert.Equal(["{id,n} (id > 3)"], await schemas.QueryAsync(
                "SELECT attnames::text || ' ' || rowfilter FROM pg_publication_tables WHERE pubname = 'q'"));

        await SwapBackAsync(schemas, "big");
        Assert.Equal(before, (await schemas.QueryAsync(Of)).Where(row => !row.Contains("__failed")));
    }

    [Fact]
    public async Task What_captured_changes_is_gone()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, """
            CREATE TABLE acme.a (id int); CREATE TABLE acme.p (id int) PARTITION BY LIST (id);
            CREATE TABLE acme.p1 PARTITION OF acme.p FOR VALUES IN (1);
            CREATE TABLE acme__next.krang_upgrade_capture_1 (id bigserial); CREATE TABLE acme__next.krang_upgrade_other ();
            CREATE FUNCTION acme__next.krang_upgrade_capture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE FUNCTION acme.own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER own AFTER INSERT ON acme.a FOR EACH ROW EXECUTE FUNCTION acme.own();
            CREATE TRIGGER krang_upgrade_capture AFTER INSERT ON acme.a FOR EACH ROW EXECUTE FUNCTION acme__next.krang_upgrade_capture();
            CREATE TRIGGER krang_upgrade_capture AFTER INSERT ON acme.p FOR EACH ROW EXECUTE FUNCTION acme__next.krang_upgrade_capture();
            CREATE TRIGGER krang_upgrade_capture_truncate AFTER TRUNCATE ON acme.a EXECUTE FUNCTION acme__next.krang_upgrade_capture()
            """);

        await SwapAsync(schemas);

        Assert.Equal(["own"], await schemas.QueryAsync("SELECT tgname FROM pg_trigger"));
        Assert.Equal(["krang_upgrade_other"], await schemas.QueryAsync("SELECT relname FROM pg_class WHERE relname ~ '^krang'"));
        Assert.Empty(await schemas.QueryAsync("SELECT proname FROM pg_proc WHERE proname ~ '^krang'"));
    }

    [Fact]
    public async Task An_empty_schema_needs_none()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, "SELECT");
        Assert.Empty(await SwapStatements.ReadAsync(schemas.Connection, TwoSchemas.Live, TwoSchemas.Next, [], Token));
    }
}
