using PluginUpgrade.Schemas;

namespace PluginUpgrade.PostgresTests.Schemas;

/// <summary>An upgraded schema equals one that is made at that version, in pg_dump and without sorting.</summary>
public class DeclaredHistories(TestServer server)
{
    private const int Versions = 6;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task R2_J7_give_the_same_schema_on_every_way(int seed)
    {
        var random = new RandomHistory(seed, Versions);
        var (histories, mistakes) = SchemaHistories.Of([Declarations.Of(random.Declare)]);
        Assert.True(mistakes.Count == 0, $"{string.Join('\n', mistakes.Select(mistake => mistake.Problem))}\n{random.Story}");
        Assert.All(histories[0].Slices, slice =>
            Assert.Equal(slice.Changes.Select(change => change.Phase).Order(), slice.Changes.Select(change => change.Phase)));
        await CompareAsync(histories[0], random.Story);
    }

    [Fact]
    public async Task J7_gives_the_same_wiki_on_every_way() => await CompareAsync(Declarations.History(Declarations.Wiki), "");

    /// <summary>A value may be used at the version after that which adds it, and in a replay of both in one transaction.</summary>
    [Fact]
    public async Task R3_give_the_same_values_of_a_type_on_every_way() => await CompareAsync(Declarations.History(schema =>
    {
        schema.Enum("status", since: "1", type => type.Values("new", "done")
            .Value("archived", since: "2", after: "new").Value("closed", since: "3", renamedFrom: "archived"));
        schema.Table("t", since: "1", t =>
        {
            t.Column("state", "status", column => column.Default("'new'").Default("'archived'", since: "2"));
            t.Index("t_archived", "state", since: "2", index => index.Where("state = 'archived'"));
            t.Column("states", "status[]", since: "3", column => column.Default("ARRAY['closed', 'done']::status[]").NotNull());
        });
    }), "");

    /// <summary>A name that another table has kept through a rename is not given twice.</summary>
    [Fact]
    public async Task R9_give_the_same_names_on_every_way() => await CompareAsync(Declarations.History(schema =>
    {
        schema.Table("users", since: "1", till: "2", t => t.Column("id", "bigint", column => column.GeneratedAlways().PrimaryKey())
            .Column("mail", "text", column => column.Unique()));
        schema.Table("people", since: "2", t => t.RenamedFrom("users")
            .Column("id", "bigint", column => column.GeneratedAlways().PrimaryKey())
            .Column("mail", "text", column => column.Unique()));
        schema.Table("users", since: "2", t => t.Column("id", "bigint", column => column.GeneratedAlways().References("people"))
            .PrimaryKey("id", name: "users_pkey_of_2"));
    }), "");

    [Fact]
    public async Task J2_J3_keep_the_rows_of_what_is_renamed_and_remove_what_ends()
    {
        var history = Declarations.History(Declarations.Wiki);
        await using var schemas = await Upgraded.CreateAsync(server);
        await schemas.CreateSchemaAsync("acme");
        await schemas.SmallAsync(history.Slices[0], "acme");
        await schemas.ExecuteAsync("INSERT INTO acme.users (zip, extra_info) VALUES ('8001', 'x')");
        Assert.Equal("x", await schemas.QueryAsync("SELECT extra_info FROM acme.users"));
        foreach (var slice in history.Slices.Skip(1)) await schemas.SmallAsync(slice, "acme");
        Assert.Equal("""{"id":1,"postcode":"8001","created_by":null}""",
            await schemas.QueryAsync("SELECT row_to_json(u) FROM acme.users u"));
    }

    private async Task CompareAsync(SchemaHistory history, string story)
    {
        await using var schemas = await Upgraded.CreateAsync(server);
        if (!await DumpText.IsPossibleAsync()) Assert.Skip("This machine has no pg_dump for the server.");
        var versions = history.Slices.Select(slice => slice.Version).ToList();
        try
        {
            for (var from = -1; from < versions.Count; from++)
                for (var to = Math.Max(from, 0); to < versions.Count; to++)
                    await MakeAsync(schemas, history, versions, from, to);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException($"{e.Message}\n{story}", e);
        }
        var dumps = await schemas.DumpAsync();
        for (var to = 0; to < versions.Count; to++)
            foreach (var (name, dump) in dumps.Where(one => one.Key.EndsWith($"_to_{to}", StringComparison.Ordinal)))
                Assert.True(dump == dumps.GetValueOrDefault($"made_at_{to}_to_{to}", ""), $"{name}\n{story}\n{dump}\n=== made\n"
                    + dumps.GetValueOrDefault($"made_at_{to}_to_{to}", ""));
    }

    private static async Task MakeAsync(Upgraded schemas, SchemaHistory history, List<UpgradeVersion> versions, int from, int to)
    {
        var slices = history.Slices.Skip(from + 1).Take(to - from).ToList();
        var start = from < 0 ? "empty" : $"made_at_{from}";
        foreach (var large in slices.Count == 0 ? [false] : (bool[])[false, true])
        {
            var schema = $"{(large ? "large_" : "")}{start}_to_{to}";
            await schemas.CreateSchemaAsync(schema);
            if (from >= 0) await schemas.ReplayAsync(history, versions[from], schema);
            foreach (var slice in slices) await (large ? schemas.LargeAsync(slice, schema) : schemas.SmallAsync(slice, schema));
        }
    }
}
