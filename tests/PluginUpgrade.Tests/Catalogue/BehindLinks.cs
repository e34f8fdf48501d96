using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Releases behind <c>current</c> links, as people deploy them; "Turbo" has a .deps.json and a private dependency.</summary>
public sealed class BehindLinks : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public BehindLinks()
    {
        _folder.PutProject("Turbo");
        Assert.True(File.Exists(_folder.PathOf("Turbo/Turbo.deps.json")));
        Assert.True(File.Exists(_folder.PathOf("Turbo/Newtonsoft.Json.dll")));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void E3f_modules_run_from_a_drop_folder_behind_links()
    {
        using var releases = new TempDirectory();
        Directory.CreateDirectory(Path.Combine(releases.Root, "7"));
        Directory.Move(_folder.PathOf("Turbo"), Path.Combine(releases.Root, "7", "Turbo"));
        Directory.CreateSymbolicLink(Path.Combine(releases.Root, "current"), "7");
        Directory.CreateSymbolicLink(_folder.PathOf("upgrade"), Path.Combine(releases.Root, "current"));
        MustRun(ModuleCatalogue.Scan(_folder.PathOf("upgrade")));
        MustRun(ModuleCatalogue.ScanPath(_folder.PathOf("upgrade/Turbo/Turbo.dll")));
    }

    [Fact]
    public void E3f_modules_run_from_a_folder_that_is_a_link()
    {
        using var store = new TempDirectory();
        Directory.Move(_folder.PathOf("Turbo"), Path.Combine(store.Root, "Turbo-1.001"));
        Directory.CreateSymbolicLink(_folder.PathOf("Turbo"), Path.Combine(store.Root, "Turbo-1.001"));
        MustRun(_folder.Scan());
    }

    [Theory]
    [InlineData("Turbo.dll")]
    [InlineData("Turbo.deps.json")]
    [InlineData("Newtonsoft.Json.dll")]
    public void E3f_modules_run_from_files_that_are_links(string name)
    {
        using var store = new TempDirectory();
        File.Move(_folder.PathOf($"Turbo/{name}"), Path.Combine(store.Root, "0815"));
        File.CreateSymbolicLink(_folder.PathOf($"Turbo/{name}"), Path.Combine(store.Root, "0815"));
        MustRun(_folder.Scan());
    }

    [Fact]
    public void E3f_a_link_to_nowhere_is_refused_as_that()
    {
        File.Delete(_folder.PathOf("Turbo/Newtonsoft.Json.dll"));
        File.CreateSymbolicLink(_folder.PathOf("Turbo/Newtonsoft.Json.dll"), "gone");
        var problems = _folder.Scan().Problems;
        Assert.Contains(problems, found => found.Problem.Severity == Severity.Error
            && found.Problem.Message.Contains("link leads nowhere", StringComparison.Ordinal));
    }

    private void MustRun(ModuleCatalogue catalogue)
    {
        Assert.Empty(catalogue.Problems);
        var module = Assert.Single(catalogue.Modules);
        var loaded = _folder.Load([module]);
        Assert.Empty(loaded.Problems);
        Assert.Equal("Turbo with 12", loaded[module].ToString());
    }
}
