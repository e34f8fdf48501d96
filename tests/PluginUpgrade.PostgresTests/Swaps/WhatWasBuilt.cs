using PluginUpgrade.Swaps.Verifying;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>What is found in a new schema before it may replace the live one. Each is seen by the server's own catalogs.</summary>
public class WhatWasBuilt(TestServer server)
{
    private static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    /// <summary>Nothing is wrong with these two.</summary>
    private const string Fine = """
        CREATE TABLE public.account (id int PRIMARY KEY);
        CREATE TYPE acme.mood AS ENUM ('sad'); CREATE TYPE acme__next.mood AS ENUM ('sad', 'glad');
        CREATE TABLE acme.story (id serial PRIMARY KEY, n int CONSTRAINT positive CHECK (n > 0), mood acme.mood);
        CREATE TABLE acme__next.story (id serial PRIMARY KEY, n int CONSTRAINT positive CHECK (n > 0), mood acme__next.mood, more int);
        CREATE TABLE acme__next.comment (id bigserial PRIMARY KEY, story int REFERENCES acme__next.story (id),
          account int REFERENCES public.account (id) ON DELETE SET NULL, big int, place regclass DEFAULT 'acme__next.story'::regclass);
        CREATE INDEX comment_big ON acme__next.comment (big) WHERE big > 3;
        CREATE VIEW acme.stories AS SELECT * FROM acme.story; CREATE VIEW acme__next.stories AS SELECT *, nextval('acme__next.story_id_seq')
          FROM acme__next.story;
        CREATE TABLE acme.big (id serial PRIMARY KEY, a int, b int); CREATE INDEX big_a ON acme.big (a);
        CREATE STATISTICS acme.big_stats ON a, b FROM acme.big;
        ALTER TABLE acme__next.comment ADD FOREIGN KEY (big) REFERENCES acme.big (id);
        CREATE FUNCTION acme__next.f(m acme__next.mood) RETURNS int LANGUAGE sql AS 'SELECT 1 -- acme.story';
        CREATE TRIGGER t BEFORE UPDATE ON acme__next.story FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger('acme');
        CREATE FUNCTION acme__next.krang_upgrade_capture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM acme__next.x(); END';
        CREATE TRIGGER krang_upgrade_capture AFTER INSERT ON acme.story FOR EACH ROW
          EXECUTE FUNCTION acme__next.krang_upgrade_capture();
        """;

    private static Task<BuildFindings> ReadAsync(TwoSchemas schemas) =>
        BuildCheck.ReadAsync(schemas.Connection, TwoSchemas.Live, TwoSchemas.Next, ["big"], Token);

    [Fact]
    public async Task Nothing_is_found_where_nothing_is_wrong()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, Fine);
        Assert.Empty((await ReadAsync(schemas)).Problems);
        // The session is as it was.
        Assert.Equal(["\"$user\", public"], await schemas.QueryAsync("SHOW search_path"));
    }

    [Theory]
    [InlineData("KU-8020", "default value for column id of table copy on sequence acme.story_id_seq",
        "CREATE TABLE acme__next.copy (LIKE acme.story INCLUDING ALL)")]
    [InlineData("KU-8020", "column m of table t on type acme.mood", "CREATE TABLE acme__next.t (m acme.mood)")]
    [InlineData("KU-8020", "on type acme.mood[]", "CREATE TABLE acme__next.t (m acme.mood[])")]
    [InlineData("KU-8020", "on type acme.story", "CREATE FUNCTION acme__next.g(acme.story) RETURNS int LANGUAGE sql AS 'SELECT 1'")]
    [InlineData("KU-8020", "on table acme.story", "CREATE TABLE acme__next.t (id int REFERENCES acme.story (id))")]
    [InlineData("KU-8020", "on view acme.stories", "CREATE VIEW acme__next.v AS SELECT * FROM acme.stories")]
    [InlineData("KU-8020", "on table acme.story", "CREATE TABLE acme__next.t () INHERITS (acme.story)")]
    [InlineData("KU-8020", "on function acme.own()", """
        CREATE FUNCTION acme.own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER own AFTER INSERT ON acme__next.story FOR EACH ROW EXECUTE FUNCTION acme.own()
        """)]
    [InlineData("KU-8020", "policy p on table story on table acme.story", """
        CREATE POLICY p ON acme__next.story USING (EXISTS (SELECT FROM acme.story s WHERE s.id = story.id))
        """)]
    [InlineData("KU-8021", "default of t.x", "CREATE TABLE acme__next.t (x text DEFAULT 'acme__next.story')")]
    [InlineData("KU-8021", "function g", "CREATE FUNCTION acme__next.g() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM acme__next.story'")]
    [InlineData("KU-8021", "function g",
        "CREATE FUNCTION acme__next.g() RETURNS int LANGUAGE sql SET search_path = acme__next AS 'SELECT 1'")]
    [InlineData("KU-8021", "function g", """
        SET search_path = acme__next;
        CREATE FUNCTION acme__next.g() RETURNS int LANGUAGE sql SET search_path FROM CURRENT AS 'SELECT 1'; RESET search_path
        """)]
    [InlineData("KU-8021", "view v", "CREATE VIEW acme__next.v AS SELECT 'acme__next'::text AS place")]
    [InlineData("KU-8021", "policy p of story", "CREATE POLICY p ON acme__next.story USING (current_schema() = 'acme__next')")]
    [InlineData("KU-8021", "constraint c of t", "CREATE TABLE acme__next.t (x text CONSTRAINT c CHECK (x <> 'acme__next'))")]
    [InlineData("KU-8021", "trigger t of comment", """
        CREATE TRIGGER t AFTER INSERT ON acme__next.comment FOR EACH ROW
        EXECUTE FUNCTION suppress_redundant_updates_trigger('acme__next')
        """)]
    [InlineData("KU-8021", "type d", "CREATE DOMAIN acme__next.d AS text DEFAULT 'acme__next'")]
    [InlineData("KU-8021", "settings of the database", """
        DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = acme__next', current_database()); END$$
        """)]
    [InlineData("KU-8022", "t_id_fkey of t to public.account", "CREATE TABLE acme__next.t (id int REFERENCES public.account (id))")]
    [InlineData("KU-8023", "UNLOGGED: t", "CREATE UNLOGGED TABLE acme__next.t ()")]
    [InlineData("KU-8024", "constraint positive of story", """
        ALTER TABLE acme__next.story DROP CONSTRAINT positive; ALTER TABLE acme__next.story ADD CONSTRAINT positive CHECK (n > 0) NOT VALID
        """)]
    [InlineData("KU-8024", "index comment_big", """
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'acme__next.comment_big'::regclass
        """)]
    [InlineData("KU-8025", "table big", "CREATE TABLE acme__next.big ()")]
    [InlineData("KU-8025", "index big_a", "CREATE INDEX big_a ON acme__next.story (n)")]
    [InlineData("KU-8025", "sequence big_id_seq", "CREATE SEQUENCE acme__next.big_id_seq")]
    [InlineData("KU-8025", "type big", "CREATE DOMAIN acme__next.big AS int")]
    [InlineData("KU-8025", "statistics object big_stats", "CREATE STATISTICS acme__next.big_stats ON n, id FROM acme__next.story")]
    [InlineData("KU-8026", "mine of story", "ALTER TABLE acme.story ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON acme.story")]
    [InlineData("KU-8027", "story_id_seq", "DROP VIEW acme.stories; ALTER TABLE acme.story ALTER id TYPE bigint; "
        + "ALTER SEQUENCE acme.story_id_seq AS bigint; SELECT setval('acme.story_id_seq', 5000000000)")]
    [InlineData("KU-8027", "comment_id_seq of comment.id", "INSERT INTO acme__next.comment (id) VALUES (1), (9)")]
    [InlineData("KU-8028", "story of p has no replica identity", "CREATE PUBLICATION p FOR TABLE acme.story; "
        + "ALTER TABLE acme__next.comment DROP CONSTRAINT comment_story_fkey; ALTER TABLE acme__next.story DROP CONSTRAINT story_pkey")]
    public async Task Refuses(string code, string text, string sql)
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, Fine);
        await schemas.ExecuteAsync(sql);

        var problem = Assert.Single((await ReadAsync(schemas)).Problems);

        Assert.Equal(code, problem.Code);
        Assert.Contains(text, problem.Message);
        Assert.Contains("Nothing live has changed.", problem.Message);
        Assert.Equal(Severity.Error, problem.Severity);
        Assert.Equal("acme", problem.Subject);
    }

    [Fact]
    public async Task Finds_all_together()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, Fine);
        await schemas.ExecuteAsync("CREATE UNLOGGED TABLE acme__next.copy (LIKE acme.story INCLUDING ALL); CREATE TABLE acme__next.big ()");
        Assert.Equal(["KU-8020", "KU-8023", "KU-8025"], (await ReadAsync(schemas)).Problems.Select(problem => problem.Code));
    }

    [Fact]
    public async Task Columns_and_filters_of_publications_must_be_there()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, Fine);
        Assert.SkipWhen(schemas.Connection.PostgreSqlVersion.Major < 15, "Publications of columns and rows came with PostgreSQL 15.");
        await schemas.ExecuteAsync("""
            ALTER TABLE acme.story ADD old int, ADD older int; CREATE TABLE acme.lone (id int PRIMARY KEY);
            CREATE PUBLICATION p FOR TABLE acme.story (id, old) WHERE (older > 3), acme.lone WITH (publish = 'insert')
            """);

        var problems = (await ReadAsync(schemas)).Problems;

        Assert.Equal(["KU-8028", "KU-8029"], problems.Select(problem => problem.Code));
        Assert.Contains("story of p has no column old, story of p has no column older", problems[0].Message);
        Assert.Contains("lone of p", problems[1].Message);
        Assert.Equal(Severity.Warning, problems[1].Severity);
    }

    [Fact]
    public async Task Rows_of_tables_of_the_same_name_are_counted()
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, Fine);
        await schemas.ExecuteAsync("""
            CREATE TABLE acme.p (id int) PARTITION BY LIST (id); CREATE TABLE acme.p1 PARTITION OF acme.p FOR VALUES IN (1);
            CREATE TABLE acme__next.p (id int); INSERT INTO acme.p VALUES (1), (1); INSERT INTO acme__next.p VALUES (1);
            INSERT INTO acme__next.story DEFAULT VALUES
            """);

        Assert.Equal([new("p", 2, 1, Exact: true), new("story", 0, 1, Exact: true)], (await ReadAsync(schemas)).Counts);
    }
}
