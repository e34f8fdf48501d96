using PluginUpgrade.Databases;

namespace PluginUpgrade.PostgresTests.Swaps;

/// <summary>Schemas that have one of the names which a side-by-side upgrade needs.</summary>
public class LeftoversOfAnEarlierTry(TestServer server)
{
    private const string Journal = """
        CREATE TABLE {0}.krang_upgrade_journal (scope text, component text DEFAULT '', version text, module text DEFAULT 'V', sha256 text
          DEFAULT '', state text, by_hand boolean DEFAULT false, earlier jsonb DEFAULT '[]', note text DEFAULT '', error text, run_id uuid,
          host text DEFAULT '', started_at timestamptz DEFAULT now(), finished_at timestamptz);
        COMMENT ON TABLE {0}.krang_upgrade_journal IS 'krang-upgrade journal, format 1';
        """;

    private static string Row(string version, string state) =>
        $"INSERT INTO {TwoSchemas.Next}.krang_upgrade_journal (scope, version, state) VALUES ('instance', '{version}', '{state}');";

    private async Task<IReadOnlyList<Problem>> FindAsync(string sql)
    {
        await using var schemas = await TwoSchemas.CreateAsync(server, sql);
        return await Preflights.FindAsync(Preflights.Module(), Preflights.Of(schemas.Database, TwoSchemas.Live));
    }

    private static string JournalIn(string schema) => Journal.Replace("{0}", schema, StringComparison.Ordinal);

    [Fact]
    public async Task An_empty_schema_is_none() => Assert.Empty(await FindAsync("SELECT"));

    [Theory]
    [InlineData("running")]
    [InlineData("failed")]
    public async Task An_interrupted_build_of_the_same_module_is_none_whatever_it_left(string state) => Assert.Empty(await FindAsync(
        JournalIn(TwoSchemas.Next) + Row("2.0", state) + """
            CREATE TABLE acme.story (id serial PRIMARY KEY); CREATE TABLE acme__next.story (id int REFERENCES acme.story (id));
            CREATE VIEW acme__next.v AS SELECT * FROM acme.story;
            CREATE FUNCTION acme__next.krang_upgrade_capture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
            CREATE TRIGGER krang_upgrade_capture AFTER INSERT ON acme.story FOR EACH ROW
              EXECUTE FUNCTION acme__next.krang_upgrade_capture()
            """));

    [Theory]
    [InlineData("2.0", "done")]
    [InlineData("3.0", "running")]
    public async Task A_build_of_another_kind_refuses_with_the_command_that_clears_it(string version, string state)
    {
        var problem = Assert.Single(await FindAsync(JournalIn(TwoSchemas.Next) + Row(version, state)));
        Assert.Equal(("KU-8002", "acme"), (problem.Code, problem.Subject));
        Assert.Contains("acme__next", problem.Message);
        Assert.EndsWith(": krang-upgrade purge acme", problem.Remedy);
    }

    [Theory]
    [InlineData("before")]
    [InlineData("failed")]
    public async Task What_is_kept_refuses_with_the_command_that_clears_it(string end)
    {
        var note = new KeptNote(KeptKind.Before, "1.7", "2.0", DateTimeOffset.UnixEpoch).Above(null);
        var problem = Assert.Single(await FindAsync(
            $"CREATE SCHEMA acme__{end}; COMMENT ON SCHEMA acme__{end} IS '{note.Replace("'", "''", StringComparison.Ordinal)}'"));
        Assert.Equal("KU-8002", problem.Code);
        Assert.EndsWith(": krang-upgrade purge acme", problem.Remedy);
    }

    [Theory]
    [InlineData("CREATE TABLE acme__next.t ()", "acme__next")]
    [InlineData("CREATE SCHEMA acme__before", "acme__before")]
    [InlineData("CREATE TABLE acme__next.krang_upgrade_journal ()", "acme__next")]
    public async Task What_is_of_others_is_not_purged(string sql, string name)
    {
        var problem = Assert.Single(await FindAsync(sql));
        Assert.Equal("KU-8002", problem.Code);
        Assert.Contains($"names that other schemas have: {name}.", problem.Message);
        Assert.Contains($"psql acme --command 'ALTER SCHEMA \"{name}\" RENAME TO \"{name.Replace("__", "_old_")}\"'", problem.Remedy);
    }
}
