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
}
