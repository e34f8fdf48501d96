using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Where a declaration may lie, and what may be beside it.</summary>
public sealed class ADeclaringAssembly : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rule_1_holds_no_modules()
    {
        var file = _folder.Put("Wiki.dll", ModuleAssembly.Of("Wiki",
            new ModuleSource("V1_001"), new ModuleSource("V1_002"), DeclaringSource.Of("WikiSchema")));
        var found = Assert.Single(_folder.Scan().Problems);
        Assert.Equal(("KU-2060", file, null), (found.Problem.Code, found.Problem.Subject, found.Version));
        Assert.Contains("(V1_001, V1_002)", found.Problem.Message, StringComparison.Ordinal);
        Assert.Contains("(WikiSchema)", found.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rule_1_holds_no_class_that_is_both()
    {
        _folder.PutLone(new("V1_001") { More = DeclaringSource.Declare });
        Assert.Equal("KU-2060", Assert.Single(_folder.Scan().Problems).Problem.Code);
    }

    [Fact]
    public void Rule_1_holds_no_module_that_is_wrong_either()
    {
        _folder.Put("Wiki.dll", ModuleAssembly.Of("Wiki", new ModuleSource("Nameless"), DeclaringSource.Of("WikiSchema")));
        Assert.Equal(["KU-2006", "KU-2060"], Codes());
    }

    [Theory]
    [InlineData("Wiki.dll")]
    [InlineData("V1_002.dll")]
    [InlineData("V1_002/V1_002.dll")]
    [InlineData("release-7/Wiki.dll")]
    [InlineData("V1_002/Wiki.dll")]
    public void May_be_named_for_anything(string path)
    {
        _folder.Put(path, DeclaringSource.Assembly("WikiSchema"));
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Equal("WikiSchema", Assert.Single(catalogue.Declarations).Name);
    }

    [Fact]
    public void Is_sorted_by_file_and_class()
    {
        _folder.Put("b.dll", ModuleAssembly.Of("b", DeclaringSource.Of("Z"), DeclaringSource.Of("A")));
        _folder.Put("a/a.dll", ModuleAssembly.Of("a", DeclaringSource.Of("M")));
        _folder.PutLone(new("V1_001"));
        Assert.Equal(["M", "A", "Z"], _folder.Scan().Declarations.Select(one => one.TypeName));
    }

    [Theory]
    [InlineData("V1_001/Wiki.dll")]
    [InlineData("V1_001/bin/Wiki.dll")]
    [InlineData("Wiki.exe")]
    [InlineData("Wiki.dll.bak")]
    [InlineData(".Wiki.dll")]
    public void Is_refused_where_no_run_would_find_it(string path)
    {
        _folder.PutFolder(new("V1_001"));
        var file = _folder.Put(path, DeclaringSource.Assembly("WikiSchema"));
        var found = Assert.Single(_folder.Scan().Problems, found => found.Problem.Severity == Severity.Error).Problem;
        Assert.Equal(("KU-2027", file), (found.Code, found.Subject));
        Assert.Contains("WikiSchema", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void May_have_a_copy_beside_a_module_that_uses_it()
    {
        _folder.PutFolder(new("V1_001"));
        var built = DeclaringSource.Assembly("WikiSchema");
        foreach (var path in (string[])["Wiki.dll", "V1_001/Wiki.dll"]) _folder.Put(path, built);
        Assert.Empty(_folder.Scan().Problems);
    }

    [Fact]
    public void Is_refused_where_two_could_be_the_folders()
    {
        _folder.Put("bundle/A.dll", DeclaringSource.Assembly("WikiSchema"));
        _folder.Put("bundle/B.dll", ModuleAssembly.Of(new ModuleSource("V1_003")));
        Assert.Equal(["KU-2028"], Codes());
    }

    [Fact]
    public void Is_refused_beside_another_copy_or_an_older_release_of_itself()
    {
        var old = _folder.Put("old.dll", ModuleAssembly.Of("old", DeclaringSource.Of("WikiSchema"), DeclaringSource.Of("Other")));
        var young = _folder.Put("Wiki/Wiki.dll", DeclaringSource.Assembly("WikiSchema"));
        var found = Assert.Single(_folder.Scan().Problems);
        Assert.Equal(("KU-2064", null), (found.Problem.Code, found.Version));
        Assert.Contains($"WikiSchema is in 2 files: {young}, {old}.", found.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Misses_a_dependency_as_a_module_does()
    {
        _folder.PutProject("Declaring");
        File.Delete(_folder.PathOf("Declaring/ShapesBase.dll"));
        var found = Assert.Single(_folder.Scan().Problems);
        Assert.Equal(("KU-2018", null), (found.Problem.Code, found.Version));
        Assert.Contains("ShapesBase", found.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_read_from_its_path()
    {
        var lone = _folder.Put("Wiki.dll", DeclaringSource.Assembly("WikiSchema"));
        _folder.Put("other/Other.dll", DeclaringSource.Assembly("OtherSchema"));
        Assert.Equal("WikiSchema", Assert.Single(ModuleCatalogue.ScanPath(lone).Declarations).Name);
        Assert.Equal("OtherSchema", Assert.Single(ModuleCatalogue.ScanPath(_folder.PathOf("other")).Declarations).Name);
    }

    private IEnumerable<string> Codes() => _folder.Scan().Problems.Select(found => found.Problem.Code).Order(StringComparer.Ordinal);
}
