using PluginUpgrade.Instances;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Tests.Instances;

/// <summary>An instance whose whole database is saved and restored.</summary>
public sealed class ADatabaseOfItsOwn : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("krang-upgrade-tests-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("""{ "one": { "Database": "Database=one" } }""", "one")]
    [InlineData("""{ "one": { "Database": "Host=db2" } }""", "one")]
    [InlineData("""{ "one": { "Database": "Database=one", "Schema": "public" } }""", "")]
    [InlineData("""{ "one": { "Schema": "one" } }""", "")]
    [InlineData("""{ "one": { "Database": "Username=other" } }""", "")]
    [InlineData("""{ "one": { "Database": "Database=one" }, "two": { "Database": "Database=one", "Schema": "two" } }""", "")]
    [InlineData("""{ "one": { "Database": "Database=one" }, "two": { "Database": "Database=two" } }""", "one two")]
    [InlineData("""
        { "one": { "Database": "Database=one" }, "two": { "Database": "Database=one", "Schema": "two", "Active": false } }
        """, "")]
    public void Is_one_that_was_named_without_a_schema_and_holds_no_other_target(string instances, string own)
    {
        File.WriteAllText(Path.Combine(_root, SettingsSources.FileName),
            $$"""{ "Installation": { "Database": "Host=db;Database=krang" }, "Instances": {{instances}} }""");
        var (settings, problems) = SettingsReader.Read(_root);
        Assert.Empty(problems);

        var (targets, _) = Targets.Of(settings, Targets.InstallationOf(settings, settings.Installation.Database!), []);

        Assert.Equal(own, string.Join(' ', targets.Instances.Where(target => target.OwnDatabase)));
        Assert.False(targets.Installation.OwnDatabase);
    }

    /// <summary>Side-by-side upgrades build and keep databases and schemas of such names beside those of instances.</summary>
    [Theory]
    [InlineData("krang", """{ "one": { "Database": "Database=one__before" } }""", "Instances:one")]
    [InlineData("krang", """{ "one": { "Database": "postgresql://db/one__next" } }""", "Instances:one")]
    [InlineData("krang", """{ "one": { "Schema": "one__failed" }, "two": { "Schema": "two__next" } }""", "Instances:one Instances:two")]
    [InlineData("krang__next", """{ "one": { "Database": "Host=db2" } }""", "instance 'one'")]
    [InlineData("krang__next", """{ "one": { "Schema": "one" } }""", "")]
    [InlineData("krang", """{ "one": { "Database": "Database=one__next", "Schema": "one" } }""", "")]
    [InlineData("krang", """{ "one__next": { "Schema": "__next" }, "two": { "Schema": "two__nexts" } }""", "")]
    public void Has_no_name_that_is_kept_for_what_lies_beside_it(string installation, string instances, string refused)
    {
        File.WriteAllText(Path.Combine(_root, SettingsSources.FileName),
            $$"""{ "Installation": { "Database": "Host=db;Database={{installation}}" }, "Instances": {{instances}} }""");
        var (settings, problems) = SettingsReader.Read(_root);
        if (problems.Count == 0)
            (_, problems) = Targets.Of(settings, Targets.InstallationOf(settings, settings.Installation.Database!), []);

        Assert.Equal(refused, string.Join(' ', problems.Select(problem => problem.Subject)));
        Assert.All(problems, problem => Assert.Equal("KU-1014", problem.Code));
    }

    [Fact]
    public void Is_left_out_of_the_query_where_it_was_discovered()
    {
        File.WriteAllText(Path.Combine(_root, SettingsSources.FileName),
            """{ "Installation": { "Database": "Host=db;Database=krang" } }""");
        var (settings, _) = SettingsReader.Read(_root);
        var (_, problems) = Targets.Of(settings, Targets.InstallationOf(settings, settings.Installation.Database!),
            [new InstanceSettings("old", null, "acme__before", InstanceSettings.NoLabels)]);
        Assert.Equal(("KU-1014", "Leave such rows out of Discover:Query."), (problems[0].Code, problems[0].Remedy));
    }
}
