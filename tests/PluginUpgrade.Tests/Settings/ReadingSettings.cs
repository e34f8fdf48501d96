using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests.Settings;

public sealed class ReadingSettings : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("krang-upgrade-tests-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private (HostSettings Settings, IReadOnlyList<Problem> Problems) Read(string? json, params string[] arguments)
    {
        if (json is not null) File.WriteAllText(Path.Combine(_root, SettingsSources.FileName), json);
        return SettingsReader.Read(_root, arguments: arguments);
    }

    private static string[] Told(IReadOnlyList<Problem> problems) =>
        [.. problems.Select(problem => $"{problem.Code} {problem.Subject}").Order()];

    [Fact]
    public void Takes_all_that_the_contract_names()
    {
        var (settings, problems) = Read("""
            {
              "Installation": {
                "Name": "krang", "Database": "Host=db;Database=krang;Username=krang", "Schema": "main", "Modules": "mods", "Payload": "new"
              },
              "Instances": {
                "globex": { "Database": "Host=db2;Database=globex", "Labels": { "ring": "canary" } },
                "acme": { "Schema": "acme", "Active": false }
              },
              "Discover": { "Query": "SELECT 1" },
              "Run": { "Parallel": 8, "PerServer": 4, "LockTimeout": "00:00:07", "SearchPath": ["ext"] },
              "Modules": { "V1_004": { "Anything": { "at": "all" } } }
            }
            """);
        Assert.Empty(problems);
        Assert.Equal(
            new InstallationSettings(
                "krang", "Host=db;Database=krang;Username=krang", "main", Path.Combine(_root, "mods"), Path.Combine(_root, "new")),
            settings.Installation);
        Assert.Equal(["acme", "globex"], settings.Instances.Select(instance => instance.Name));
        Assert.False(settings.Instances[0].Active);
        Assert.Equal("canary", settings.Instances[1].Labels["RING"]);
        Assert.Equal((8, 4, TimeSpan.FromSeconds(7)), (settings.Run.Parallel, settings.Run.PerServer, settings.Run.LockTimeout));
        Assert.Equal(["ext"], settings.Run.SearchPath);
        Assert.Equal("all", settings.Modules["V1_004:Anything:at"]);
    }

    [Fact]
    public void Has_defaults()
    {
        var settings = Read("""{ "Installation": {}, "Instances": { "acme": {} } }""").Settings;
        Assert.Equal((Path.GetFileName(_root), "public", Path.Combine(_root, "upgrade")),
            (settings.Installation.Name, settings.Installation.Schema, settings.Installation.Modules));
        Assert.Null(settings.Installation.Database);
        Assert.Equal(2 * Environment.ProcessorCount, settings.Run.Parallel);
    }

    [Fact]
    public void Tells_every_mistake_in_one_go_by_its_key()
    {
        var (_, problems) = Read("""
            {
              "Instalation": { "Name": "x" },
              "Installation": { "Database": "Hast=db", "Schema": "pg_mine" },
              "Instances": { "a b": {}, "acme": { "Shema": "acme", "Active": "perhaps" }, "globex": { "Schema": "line\nbreak" } },
              "Run": { "Parallel": 0, "LockTimeout": "5", "PerServer": "many" }
            }
            """);
        Assert.Equal(
            [
                "KU-1004 Instalation", "KU-1004 Instances:acme:Shema", "KU-1005 Instances:acme:Active", "KU-1005 Run:LockTimeout",
                "KU-1005 Run:Parallel", "KU-1005 Run:PerServer", "KU-1006 Installation:Database", "KU-1007 Instances:a b",
                "KU-1008 Installation:Schema", "KU-1008 Instances:globex:Schema",
            ], Told(problems));
        Assert.Contains("Installation", problems.Single(p => p.Subject == "Instalation").Remedy);
        Assert.Contains("Instances:acme:Schema", problems.Single(p => p.Subject == "Instances:acme:Shema").Remedy);
    }

    [Fact]
    public void Does_not_repeat_a_password_of_a_wrong_connection_string()
    {
        var (_, problems) = Read("""{ "Installation": { "Database": "Host=db;Password=canary-7;Port=canary-8" } }""");
        Assert.Equal(["KU-1006 Installation:Database"], Told(problems));
        Assert.DoesNotContain("canary", $"{problems[0]}");
    }

    [Fact]
    public void Refuses_a_file_that_is_no_JSON_and_goes_on_to_the_other_layers()
    {
        var (_, problems) = Read("{ \"Installation\": ", "--Run:Paralel=1");
        Assert.Equal(["KU-1002 " + Path.Combine(_root, SettingsSources.FileName), "KU-1004 Run:Paralel"], Told(problems));
    }

    [Fact]
    public void Refuses_a_missing_file_and_a_missing_root()
    {
        Assert.Equal(["KU-1001"], Read(null).Problems.Select(problem => problem.Code));
        Assert.Equal(["KU-1009"], SettingsReader.Read(Path.Combine(_root, "none")).Problems.Select(problem => problem.Code));
    }

    [Fact]
    public void Lays_the_command_line_over_the_file()
    {
        var (settings, problems) = Read(
            """{ "Installation": {}, "Run": { "Parallel": 3 } }""", "--Run:Parallel=5", "--Instances:acme:Schema=acme");
        Assert.Empty(problems);
        Assert.Equal(5, settings.Run.Parallel);
        Assert.Equal("acme", settings.Instances.Single().Schema);
    }

    [Theory]
    [InlineData("63", 63, null)]
    [InlineData("64", 64, "KU-1008")]
    public void Refuses_schema_names_that_the_server_would_cut(string _, int length, string? code)
    {
        var problems = Read($$"""{ "Installation": {}, "Instances": { "a": { "Schema": "{{new string('s', length)}}" } } }""").Problems;
        Assert.Equal(code, problems.SingleOrDefault()?.Code);
    }

    [Theory]
    [InlineData("Database=globex", "db", "globex")]
    [InlineData("Host=db2", "db2", "krang")]
    [InlineData("Host=db2;Database=x", "db2", "x")]
    public void Takes_from_the_installation_what_an_instances_database_leaves_out(string own, string host, string database)
    {
        var merged = DatabaseAddress.Merge("Host=db;Database=krang;Username=krang", own);
        Assert.Equal((host, database, "krang"), (merged.Host, merged.Database, merged.Username));
    }
}
