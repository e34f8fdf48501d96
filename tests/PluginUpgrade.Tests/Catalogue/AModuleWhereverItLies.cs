using System.Reflection;
using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Whatever holds a module is found or refused. Nothing that is one is passed over, and nothing is only a warning.</summary>
public sealed class AModuleWhereverItLies : IDisposable
{
    private static readonly byte[] Module = ModuleAssembly.Of(new ModuleSource("V1_002"));

    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Found =>
    [
        "V1_002.dll", "V1_002.DLL", "anything.Dll",
        "V1_002/V1_002.dll", "V1_002/V1_002.DLL", "V1_002/v1_002.dll", "v1_002/V1_002.dll", "V1_002-final/V1_002.dll",
        "V1_002 (copy)/V1_002.dll", "current/V1_002.dll", "V1_002.dll/V1_002.dll", "V1_002/anything.dll", "1.002/V1_002.dll",
    ];

    [Theory, MemberData(nameof(Found))]
    public void E1k_is_found_alone_or_as_the_only_one_directly_in_a_folder(string path)
    {
        var file = _folder.Put(path, Module);
        _folder.PutFolder(new("V1_001"));

        var catalogue = _folder.Scan();

        Assert.Empty(catalogue.Problems);
        Assert.Equal(["V1_001", "V1_002"], catalogue.Modules.Select(module => module.Name));
        Assert.Equal(file, catalogue.Modules[1].File);
        var loaded = _folder.Load(catalogue.Modules);
        Assert.Empty(loaded.Problems);
        if (path.Contains('/')) Assert.Equal("V1_002", Assert.Single(
            ModuleCatalogue.ScanPath(_folder.PathOf(Path.GetDirectoryName(path)!)).Modules).Name);
    }

    public static TheoryData<string> Refused =>
    [
        "V1_002/publish/V1_002.dll", "V1_002/bin/Release/net10.0/V1_002.dll", "a/b/c/d/e/f/g/h/i/j/k/l/m/n/V1_002.dll",
        "V1_001/V1_002.dll", "V1_001/V1_001.dll/V1_002.dll", "V1_001/V1_002/V1_002.dll", "V1_001/de/V1_001.resources.dll",
        "V1_001/runtimes/linux-x64/lib/net10.0/V1_002.dll", "V1_001/v1_001.DLL",
        "V1_002.exe", "V1_002/V1_002.exe", "V1_002.dll.bak", "V1_002", "V1_002.dll_", "V1_002/V1_002.txt",
        ".V1_002.dll", ".V1_002.dll.x7Ta1k", ".old/V1_002.dll", "V1_001/.old/V1_002.dll", "V1_001/.V1_002.dll",
    ];

    [Theory, MemberData(nameof(Refused))]
    public void E1k_is_refused_where_no_run_would_find_it(string path)
    {
        _folder.PutFolder(new("V1_001"));
        if (path.StartsWith("V1_001/V1_001.dll/", StringComparison.Ordinal)) path = "V1_001/V1_001.d/V1_002.dll";
        var file = _folder.Put(path, Module);
        MustBeRefused("KU-2027", file);
    }

    [Fact]
    public void E1k_is_refused_as_a_part_of_an_assembly_without_a_manifest()
    {
        _folder.PutFolder(new("V1_001"));
        MustBeRefused("KU-2027", _folder.Put("V1_001/V1_002.netmodule", BareModule.Of("V1_002")));
    }

    [Fact]
    public void E1k_is_refused_where_only_its_base_class_names_the_contract()
    {
        const TypeAttributes attributes = TypeAttributes.Public | TypeAttributes.Abstract;
        var library = ModuleAssembly.Of("Shared", new ModuleSource("Shared") { Attributes = attributes });
        var derived = ModuleAssembly.Of(new ModuleSource("V1_002")
        {
            BaseClass = Assembly.Load(library).GetType("Shared")!,
            ImplementsContract = false,
            PerInstance = null,
        });
        _folder.PutFolder(new("V1_001"));
        _folder.Put("V1_001/Shared.dll", library);
        Assert.Empty(_folder.Scan().Problems);
        MustBeRefused("KU-2027", _folder.Put("V1_001/V1_002.dll", derived));
        File.Move(_folder.PathOf("V1_001/V1_002.dll"), _folder.Put("bundle/V1_002.dll", []), overwrite: true);
        File.Copy(_folder.PathOf("V1_001/Shared.dll"), _folder.PathOf("bundle/Shared.dll"));
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Equal(["V1_001", "V1_002"], catalogue.Modules.Select(module => module.Name));
    }

    [Fact]
    public void E1k_is_refused_where_two_could_be_the_folders()
    {
        _folder.Put("bundle/A.dll", Module);
        _folder.Put("bundle/B.dll", ModuleAssembly.Of(new ModuleSource("V1_003")));
        MustBeRefused("KU-2028", _folder.PathOf("bundle"));
        Assert.Equal("KU-2028", Assert.Single(ModuleCatalogue.ScanPath(_folder.PathOf("bundle")).Problems).Problem.Code);
    }

    [Fact]
    public void E1k_is_refused_where_its_folder_is_named_for_another_version() =>
        MustBeRefused("KU-2009", _folder.Put("V1_003/V1_002.dll", Module));

    [Fact]
    public void E1k_may_lie_beside_another_one_that_uses_it_as_long_as_it_is_the_one_that_runs()
    {
        _folder.PutFolder(new("V1_003"));
        _folder.Put("V1_002/V1_002.dll", Module);
        var beside = _folder.Put("V1_003/V1_002.dll", Module);
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Equal(["V1_002", "V1_003"], catalogue.Modules.Select(module => module.Name));

        File.WriteAllBytes(beside, ModuleAssembly.Of(new ModuleSource("V1_002") { PerInstance = "SELECT 1" }));
        MustBeRefused("KU-2027", beside);
    }

    [Fact]
    public void E1k_is_found_through_linked_folders()
    {
        using var store = new TempDirectory();
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(store.Root, "build-77")).FullName, "V1_002.dll"), Module);
        Directory.CreateSymbolicLink(_folder.PathOf("current"), Path.Combine(store.Root, "build-77"));
        Directory.CreateSymbolicLink(Path.Combine(store.Root, "build-77", "again"), ".");
        Directory.CreateSymbolicLink(Path.Combine(store.Root, "build-77", "outside"), _folder.Path);
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Equal(_folder.PathOf("current/V1_002.dll"), Assert.Single(catalogue.Modules).File);

        Directory.Delete(Path.Combine(store.Root, "build-77", "outside"));
        Directory.CreateSymbolicLink(_folder.PathOf("V1_003"), _folder.PathOf("gone"));
        MustBeRefused("KU-2003", _folder.PathOf("V1_003"));
    }

    [Fact]
    public void E1k_is_refused_where_a_copy_of_it_is_damaged()
    {
        MustBeRefused("KU-2004", _folder.Put("V1_002-final/V1_002.dll", Module[..700]));
    }

    /// <summary>At least one error that concerns every run names it, and none of it is listed.</summary>
    private void MustBeRefused(string code, string subject)
    {
        var found = _folder.Scan().Problems.Where(problem => problem.Problem.Severity == Severity.Error).ToList();
        var problem = Assert.Single(found);
        Assert.Equal((code, subject), (problem.Problem.Code, problem.Problem.Subject));
        Assert.Null(problem.Version);
    }
}
