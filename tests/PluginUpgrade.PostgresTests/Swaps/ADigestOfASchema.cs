using PluginUpgrade.Swaps;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>Whether a live schema is still as it was when the build began.</summary>
public class ADigestOfASchema(TestServer server)
{
    private const string Schema = """
        CREATE TYPE acme.mood AS ENUM ('sad');
        CREATE DOMAIN acme.small AS int CHECK (VALUE < 10);
        CREATE TABLE acme.story (id serial PRIMARY KEY, title text DEFAULT 'x', mood acme.mood, n int CHECK (n > 0));
        CREATE INDEX story_title ON acme.story (title);
        CREATE TABLE acme.part (id int REFERENCES acme.story (id)) PARTITION BY LIST (id);
        CREATE TABLE acme.part1 PARTITION OF acme.part FOR VALUES IN (1);
        CREATE VIEW acme.titles AS SELECT title FROM acme.story;
        CREATE MATERIALIZED VIEW acme.counted AS SELECT count(*) FROM acme.story;
        CREATE FUNCTION acme.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE FUNCTION acme__next.capture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE STATISTICS acme.both ON title, n FROM acme.story;
        CREATE SEQUENCE acme.numbers;
        """;

    private Task<TwoSchemas> CreateAsync() => TwoSchemas.CreateAsync(server, Schema);

    private static Task<string> DigestAsync(TwoSchemas schemas) =>
        SchemaDigest.ReadAsync(schemas.Connection, TwoSchemas.Live, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("INSERT INTO acme.story (title, n) SELECT 'x', 1 FROM generate_series(1, 3000)")]
    [InlineData("ANALYZE")]
    [InlineData("VACUUM FULL acme.story")]
    [InlineData("VACUUM FREEZE")]
    [InlineData("TRUNCATE acme.story CASCADE")]
    [InlineData("REINDEX TABLE acme.story")]
    [InlineData("REINDEX TABLE CONCURRENTLY acme.story")]
    [InlineData("CLUSTER acme.story USING story_pkey")]
    [InlineData("REFRESH MATERIALIZED VIEW acme.counted")]
    [InlineData("SELECT nextval('acme.numbers')")]
    [InlineData("ALTER SEQUENCE acme.numbers OWNER TO CURRENT_USER")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON acme.story FOR EACH ROW EXECUTE FUNCTION acme__next.capture()")]
    [InlineData("CREATE TABLE acme__next.story (id int)")]
    [InlineData("CREATE VIEW public.outside AS SELECT * FROM acme.story")]
    public async Task Stays_the_same_by(string statement)
    {
        await using var schemas = await CreateAsync();
        var before = await DigestAsync(schemas);
        Assert.Equal(32, before.Length);

        await schemas.ExecuteAsync(statement);

        Assert.Equal(before, await DigestAsync(schemas));
    }

    [Theory]
    [InlineData("CREATE TABLE acme.other ()")]
    [InlineData("DROP TABLE acme.part1; CREATE TABLE acme.part1 PARTITION OF acme.part FOR VALUES IN (1)")]
    [InlineData("ALTER TABLE acme.part DETACH PARTITION acme.part1")]
    [InlineData("ALTER TABLE acme.story ADD COLUMN more int")]
    [InlineData("ALTER TABLE acme.story DROP COLUMN n")]
    [InlineData("ALTER TABLE acme.story ALTER COLUMN title SET NOT NULL")]
    [InlineData("ALTER TABLE acme.story ALTER COLUMN title SET DEFAULT 'y'")]
    [InlineData("ALTER TABLE acme.story ALTER COLUMN n TYPE bigint")]
    [InlineData("ALTER TABLE acme.story RENAME COLUMN title TO name")]
    [InlineData("ALTER TABLE acme.story RENAME TO tale")]
    [InlineData("ALTER TABLE acme.story ADD CHECK (n < 100)")]
    [InlineData("ALTER TABLE acme.story ENABLE ROW LEVEL SECURITY")]
    [InlineData("ALTER TABLE acme.story SET (fillfactor = 50)")]
    [InlineData("ALTER TABLE acme.story DISABLE RULE r")]
    [InlineData("CREATE POLICY p ON acme.story USING (true)")]
    [InlineData("CREATE INDEX more ON acme.story (n)")]
    [InlineData("DROP INDEX acme.story_title")]
    [InlineData("ALTER INDEX acme.story_title RENAME TO other")]
    [InlineData("CREATE RULE r2 AS ON INSERT TO acme.story DO ALSO NOTHING")]
    [InlineData("CREATE TRIGGER t AFTER INSERT ON acme.story FOR EACH ROW EXECUTE FUNCTION acme.f()")]
    [InlineData("CREATE OR REPLACE VIEW acme.titles AS SELECT title || '' AS title FROM acme.story")]
    [InlineData("CREATE OR REPLACE FUNCTION acme.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'")]
    [InlineData("ALTER FUNCTION acme.f() SET work_mem = '1MB'")]
    [InlineData("ALTER TYPE acme.mood ADD VALUE 'glad'")]
    [InlineData("ALTER DOMAIN acme.small ADD CHECK (VALUE > 0)")]
    [InlineData("ALTER SEQUENCE acme.numbers INCREMENT 2")]
    [InlineData("DROP STATISTICS acme.both")]
    [InlineData("CREATE AGGREGATE acme.total (int) (SFUNC = int4pl, STYPE = int)")]
    [InlineData("CREATE COLLATION acme.c FROM \"C\"")]
    [InlineData("GRANT SELECT ON acme.story TO PUBLIC")]
    [InlineData("GRANT SELECT (title) ON acme.story TO PUBLIC")]
    [InlineData("GRANT USAGE ON SCHEMA acme TO PUBLIC")]
    [InlineData("ALTER DEFAULT PRIVILEGES IN SCHEMA acme GRANT SELECT ON TABLES TO PUBLIC")]
    public async Task Changes_by(string statement)
    {
        await using var schemas = await CreateAsync();
        await schemas.ExecuteAsync("CREATE RULE r AS ON UPDATE TO acme.story DO ALSO NOTHING");
        var before = await DigestAsync(schemas);

        await schemas.ExecuteAsync(statement);

        Assert.NotEqual(before, await DigestAsync(schemas));
    }

    [Fact]
    public async Task Is_empty_where_there_is_no_such_schema()
    {
        await using var schemas = await CreateAsync();
        Assert.Equal("", await SchemaDigest.ReadAsync(schemas.Connection, "nowhere", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Of_a_carried_table_follows_it_and_tells_a_changed_shape()
    {
        await using var schemas = await CreateAsync();
        var before = await OfStoryAsync(TwoSchemas.Live);
        Assert.NotEqual("", before);
        await schemas.ExecuteAsync("ALTER TABLE acme.story SET SCHEMA acme__next; GRANT SELECT ON acme__next.story TO PUBLIC");
        await schemas.ExecuteAsync("INSERT INTO acme__next.story (n) VALUES (1)");
        Assert.Equal(before, await OfStoryAsync(TwoSchemas.Next));

        await schemas.ExecuteAsync("ALTER TABLE acme__next.story ADD COLUMN more int");

        Assert.NotEqual(before, await OfStoryAsync(TwoSchemas.Next));
        Assert.Equal("", await OfStoryAsync(TwoSchemas.Live));

        Task<string> OfStoryAsync(string schema) => SchemaDigest.OfTablesAsync(
            schemas.Connection, schema, ["story", "nothing"], TestContext.Current.CancellationToken);
    }
}
