using PluginUpgrade.Schemas;

namespace PluginUpgrade.PostgresTests.Schemas;

/// <summary>The statements for a large table: on rows, after an interrupted attempt, and beside what somebody else has made.</summary>
public class ALargeTable(TestServer server)
{
    private static readonly SchemaHistory History = Declarations.History(schema => schema.Table("t", since: "1", t =>
    {
        t.Column("id", "bigint", column => column.GeneratedAlways().PrimaryKey());
        t.Column("page", "integer", column => column.NotNull(since: "2"));
        t.Column("token", "uuid", since: "2", column => column.Default("gen_random_uuid()").NotNull().InBatches());
        t.Unique("page", since: "2");
        t.Index("t_lower", "lower(token::text), page DESC", since: "2", index => index.Where("page > 0").Unique());
    }));

    private static async Task<Upgraded> WithRowsAsync(TestServer server)
    {
        var schemas = await Upgraded.CreateAsync(server);
        await schemas.CreateSchemaAsync("s");
        await schemas.SmallAsync(History.Slices[0], "s");
        await schemas.ExecuteAsync("INSERT INTO s.t (page) SELECT generate_series(1, 100000)");
        return schemas;
    }

    [Fact]
    public async Task R10_is_filled_in_batches_before_it_forbids_nulls()
    {
        await using var schemas = await WithRowsAsync(server);
        await schemas.LargeAsync(History.Slices[1], "s");
        Assert.Equal("100000", await schemas.QueryAsync("SELECT count(DISTINCT token) FROM s.t"));
        // A batch of 500 pages is a transaction, and the table has more pages.
        Assert.Equal("True", await schemas.QueryAsync("SELECT count(DISTINCT xmin::text) > 1 FROM s.t"));
        Assert.Equal("t_page_key", await schemas.QueryAsync(
            "SELECT string_agg(conname, ',') FROM pg_constraint WHERE conrelid = 's.t'::regclass AND contype <> 'p'"));
    }

    [Fact]
    public async Task R10_has_an_index_again_that_an_interruption_left_invalid()
    {
        await using var schemas = await WithRowsAsync(server);
        await schemas.ExecuteAsync("INSERT INTO s.t (page) VALUES (7)");
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => schemas.LargeAsync(History.Slices[1], "s"));
        Assert.Contains("could not create unique index", e.Message);
        Assert.Equal("False", await schemas.QueryAsync("SELECT indisvalid FROM pg_index WHERE indexrelid = 's.t_page_key'::regclass"));
        await schemas.ExecuteAsync("DELETE FROM s.t WHERE id > 100000");
        await DemandAsync(schemas);
        Assert.Equal("True", await schemas.QueryAsync("SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 's.t'::regclass"));
    }

    [Theory]
    [InlineData("CREATE UNIQUE INDEX t_page_key ON s.t (id)", "t_page_key")]
    [InlineData("CREATE INDEX t_page_key ON s.t (page)", "t_page_key")]
    [InlineData("CREATE UNIQUE INDEX t_lower ON s.t (lower(token::text), page DESC) WHERE page > 1", "t_lower")]
    [InlineData("""
        CREATE TABLE s.other (page int, token uuid);
        CREATE UNIQUE INDEX t_lower ON s.other (lower(token::text), page DESC) WHERE page > 0
        """, "t_lower")]
    public async Task Does_not_take_another_index_of_that_name_for_its_own(string made, string name)
    {
        await using var schemas = await WithRowsAsync(server);
        await ExpandAsync(schemas);
        await schemas.ExecuteAsync(made);
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => DemandAsync(schemas));
        Assert.Contains($"\"s\".\"{name}\" exists with another definition", e.Message);
        Assert.Equal("", await schemas.QueryAsync("SELECT string_agg(relname, ',') FROM pg_class WHERE relname LIKE 'krang%'"));
    }

    [Fact]
    public async Task Takes_the_index_that_an_interrupted_attempt_has_finished()
    {
        await using var schemas = await WithRowsAsync(server);
        await ExpandAsync(schemas);
        await schemas.ExecuteAsync("CREATE UNIQUE INDEX t_lower ON s.t (lower(token::text), page DESC) WHERE page > 0");
        var made = await schemas.QueryAsync("SELECT 's.t_lower'::regclass::oid");
        await DemandAsync(schemas);
        Assert.Equal(made, await schemas.QueryAsync("SELECT 's.t_lower'::regclass::oid"));
    }

    private static async Task ExpandAsync(Upgraded schemas)
    {
        foreach (var sql in History.Slices[1].In(SchemaPhase.Expand).SelectMany(change => change.SqlOfLarge("\"s\"")))
            await schemas.ExecuteAsync(sql);
    }

    private static async Task DemandAsync(Upgraded schemas)
    {
        foreach (var sql in History.Slices[1].In(SchemaPhase.Demand).SelectMany(change => change.SqlOfLarge("\"s\"")))
            await schemas.ExecuteAsync(sql);
    }

    /// <summary>Rule 9: what the server calls them where no name is written.</summary>
    [Theory]
    [InlineData("users", "id", "name")]
    [InlineData("a_table_with_a_name_that_is_so_long_that_nothing_fits_behind_it", "a_column_of_the_same_kind_which_is_long_too", "short")]
    [InlineData("täble_with_a_näme_that_is_so_long_that_nothing_fits_behind_it", "ünïcödeünïcödeünïcödeünïcödeünïcödeünïcödeü", "ü")]
    public async Task R9_has_the_names_that_the_server_would_choose(string table, string id, string other)
    {
        await using var schemas = await Upgraded.CreateAsync(server);
        var (t, a, b) = (PostgresName.Quote(table), PostgresName.Quote(id), PostgresName.Quote(other));
        await schemas.ExecuteAsync($"""
            CREATE SCHEMA server; SET search_path = server;
            CREATE TABLE {t} ({a} bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
              {b} bigint UNIQUE REFERENCES {t} CHECK ({b} > 0) CHECK ({b} > 1), UNIQUE ({a}, {b}),
              FOREIGN KEY ({a}, {b}) REFERENCES {t} ({a}, {b}))
            """);
        var history = Declarations.History(schema => schema.Table(table, since: "1", users =>
        {
            users.Column(id, "bigint", column => column.GeneratedAlways().PrimaryKey());
            users.Column(other, "bigint", column => column.Unique().References(table).Check($"{b} > 0").Check($"{b} > 1"));
            users.Unique(new[] { id, other }).ForeignKey(new[] { id, other }, table, key => key.To(new[] { id, other }));
        }));
        await schemas.CreateSchemaAsync("declared");
        await schemas.SmallAsync(history.Slices[0], "declared");
        const string names = """
            SELECT string_agg(name, E'\n' ORDER BY name) FROM (
              SELECT relname::text FROM pg_class WHERE relnamespace = '{0}'::regnamespace UNION ALL
              SELECT conname FROM pg_constraint WHERE connamespace = '{0}'::regnamespace) n (name)
            """;
        Assert.Equal(await schemas.QueryAsync(names.Replace("{0}", "server")), await schemas.QueryAsync(names.Replace("{0}", "declared")));
    }
}
