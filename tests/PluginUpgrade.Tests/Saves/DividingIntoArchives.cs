using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Tests.Saves;

public class DividingIntoArchives
{
    private static readonly ClientPrograms Programs = new("/usr/bin", "15.18", 15);

    [Fact]
    public void Puts_so_many_schemas_into_each() =>
        Assert.Equal(["a b", "c d", "e"], Divided(schemas: 2, Targets("a", "b", "c", "d", "e"), relations: 1));

    /// <summary>Four calls at a time on a server with room for 800 locks, half of which is others': 100 for each.</summary>
    [Fact]
    public void Leaves_the_server_room_for_others_locks() =>
        Assert.Equal(["a b", "c d", "e"], Divided(schemas: 100, Targets("a", "b", "c", "d", "e"), relations: 45));

    [Fact]
    public void Gives_a_large_schema_an_archive_of_its_own() =>
        Assert.Equal(["a", "b"], Divided(schemas: 100, Targets("a", "b"), relations: 500));

    [Fact]
    public void Keeps_two_targets_of_one_schema_together()
    {
        var installation = Target("public") with { Scope = Scope.Installation, Name = "krang" };
        Target[] targets = [installation, .. Targets("a"), Target("public")];

        var (archives, _) = new Archives(1, 4, 2).Of(targets, Size(1, targets), Programs);

        Assert.Equal(["public: installation public", "a: a"],
            archives.Select(archive => $"{string.Join(' ', archive.Schemas)}: {string.Join(' ', archive.Targets)}"));
    }

    [Fact]
    public void E4_keeps_schemas_that_rest_on_each_other_together_as_far_as_there_is_room()
    {
        var links = SchemaLinks.None with { Inside = [("a", "c"), ("e", "c")] };
        var targets = Targets("a", "b", "c", "d", "e");

        var (fitting, none) = new Archives(2, 4, 2).Of(targets, Size(1, targets), Programs, links);
        var (apart, warnings) = new Archives(100, 4, 2).Of(targets, Size(45, targets), Programs, links);

        Assert.Equal(["a c e", "b d"], fitting.Select(archive => string.Join(' ', archive.Schemas)));
        Assert.Empty(none);
        Assert.Equal(["a c", "e b", "d"], apart.Select(archive => string.Join(' ', archive.Schemas)));
        Assert.Equal(["KU-7025"], warnings.Select(warning => warning.Code));
    }

    [Fact]
    public void Refuses_what_the_server_has_no_room_to_lock()
    {
        var (_, problems) = new Archives(100, 4, 2).Of(Targets("a", "b"), Size(900, Targets("a", "b")), Programs);

        Assert.Equal(["KU-7008 a", "KU-7008 b"], problems.Select(problem => $"{problem.Code} {problem.Subject}"));
        Assert.Contains("900", problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("max_locks_per_transaction", problems[0].Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(255, 0)]
    [InlineData(256, 2)]
    [InlineData(100_000, 2)]
    public void Writes_a_large_database_by_as_many_jobs_as_there_are_processors(long megabytes, int jobs)
    {
        var own = Target("own") with { OwnDatabase = true };
        var (archives, problems) = new Archives(100, 4, processors: 2).Of([own], Size(1, [own]) with { Bytes = megabytes << 20 }, Programs);

        Assert.Empty(problems);
        Assert.Equal((true, jobs), (archives[0].IsWholeDatabase, archives[0].Jobs));
    }

    [Fact]
    public void Names_them_without_letting_a_name_be_a_path()
    {
        var odd = Target("x") with { DatabaseName = "../../etc/passwd ü" };
        var (archives, _) = new Archives(100, 4, 2).Of([odd], Size(1, [odd]), Programs);

        Assert.Equal("0001-______etc_passwd__.dump", Assert.Single(Archives.Named(archives)).Name);
    }

    [Fact]
    public void Begins_with_the_largest()
    {
        Target[] targets = Targets("a", "b", "c");
        var size = Size(1, targets) with
        {
            Schemas = new Dictionary<string, SchemaSize> { ["a"] = new(1, 5), ["b"] = new(1, 50), ["c"] = new(1, 20) },
        };

        var named = Archives.Named(new Archives(1, 4, 2).Of(targets, size, Programs).Archives);

        Assert.Equal(["0002-none.dump", "0003-none.dump", "0001-none.dump"], named.Select(archive => archive.Name));
    }

    [Theory]
    [InlineData(15, "15")]
    [InlineData(14, "15")]
    [InlineData(16, "17")]
    [InlineData(18, null)]
    public void Takes_the_oldest_pg_dump_that_is_not_older_than_the_server(int server, string? version) => Assert.Equal(version,
        ClientPrograms.For([new("/a", "13", 13), new("/b", "15", 15), new("/c", "17", 17)], server)?.Version);

    private static string[] Divided(int schemas, Target[] targets, int relations)
    {
        var (archives, problems) = new Archives(schemas, sideBySide: 4, processors: 2).Of(targets, Size(relations, targets), Programs);
        Assert.Empty(problems);
        return [.. archives.Select(archive => string.Join(' ', archive.Targets))];
    }

    private static DatabaseSize Size(int relations, IEnumerable<Target> targets) => new("15.18", 15, "UTF8", 1000, 0, Locks: 800,
        targets.Select(target => target.Schema).Distinct().ToDictionary(schema => schema, _ => new SchemaSize(relations, 10)));

    private static Target[] Targets(params string[] names) => [.. names.Select(Target)];

    private static Target Target(string name) => Planning.Fleet.Target(name);
}
