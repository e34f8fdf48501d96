using System.Reflection.Emit;
using System.Security.Cryptography;
using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Tests.Catalogue;

public sealed class ADropFolder : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Holds_lone_assemblies_and_folders_with_an_assembly_of_their_name()
    {
        var lone = _folder.PutLone(new("V1_002") { PerInstallation = "", Version = "1.002", Description = "Stories know their foo" });
        var inFolder = _folder.PutFolder(new("V1_003") { Namespace = "Cms" });

        var catalogue = _folder.Scan();

        Assert.Empty(catalogue.Problems);
        Assert.Equal(
            new UpgradeModule
            {
                Version = UpgradeVersion.Parse("1.2"),
                Name = "V1_002",
                TypeName = "V1_002",
                Description = "Stories know their foo",
                File = lone,
                Sha256 = Hash(lone),
                HasInstallationStep = true,
                HasInstanceStep = true,
            },
            catalogue.Modules[0]);
        var second = catalogue.Modules[1];
        Assert.Equal(("Cms.V1_003", inFolder, Hash(inFolder)), (second.TypeName, second.File, second.Sha256));
    }

    [Fact]
    public void K3_is_in_the_order_of_versions_with_the_product_first()
    {
        foreach (var version in (string[])["V3_0_0", "V1_100", "V2_0_10", "V1_9", "V3_10", "V2_1_0", "V1_10", "V3_9", "V2_0_9"])
            _folder.PutLone(new(version));
        _folder.Put("Turbo.dll", ModuleAssembly.Of("Turbo", new ModuleSource("V1_01") { Version = "1.01", Component = "Turbo" }));
        _folder.Put("Alpha.dll", ModuleAssembly.Of("Alpha",
            new ModuleSource("V1_10") { Version = "1.10", Component = "Alpha" },
            new ModuleSource("V1_9") { Version = "1.9", Component = "Alpha" }));

        var catalogue = _folder.Scan();

        Assert.Empty(catalogue.Problems);
        Assert.Equal(
            ["V1_9", "V1_10", "V1_100", "V2_0_9", "V2_0_10", "V2_1_0", "V3_0_0", "V3_9", "V3_10",
            "Alpha V1_9", "Alpha V1_10", "Turbo V1_01"],
            catalogue.Modules.Select(module => module.ToString()));
    }

    [Fact]
    public void K7_reports_what_is_no_module_and_refuses_nothing_for_it()
    {
        _folder.PutLone(new("V1_001"));
        _folder.Put("notes.txt", [1]);
        _folder.Put("V1_009.pdb", [1]);
        _folder.Put("backup/V1_001.dll", [1]);
        _folder.Put("backup.dll/readme", [1]);

        var catalogue = _folder.Scan();

        Assert.Equal("V1_001", Assert.Single(catalogue.Modules).Name);
        Assert.All(catalogue.Problems, found => Assert.Equal(("KU-2002", Severity.Warning), (found.Problem.Code, found.Problem.Severity)));
        Assert.Equal(
            ((string[])["V1_009.pdb", "backup", "backup.dll", "notes.txt"]).Select(_folder.PathOf),
            catalogue.Problems.Select(found => found.Problem.Subject));
    }

    [Fact]
    public void May_hold_what_a_build_puts_beside_a_lone_assembly_and_hidden_files()
    {
        _folder.PutLone(new("V1_001"));
        foreach (var extension in (string[])["pdb", "xml", "deps.json", "runtimeconfig.json"]) _folder.Put($"V1_001.{extension}", [1]);
        foreach (var hidden in (string[])[".gitkeep", ".x.dll", ".git/x"]) _folder.Put(hidden, [1]);

        var catalogue = _folder.Scan();

        Assert.Empty(catalogue.Problems);
        Assert.Single(catalogue.Modules);
    }

    [Fact]
    public void Is_empty_without_a_problem()
    {
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Modules);
        Assert.Empty(catalogue.Problems);
    }

    [Fact]
    public void Must_exist()
    {
        var found = Assert.Single(ModuleCatalogue.Scan(_folder.PathOf("upgrade")).Problems);
        Assert.Equal(("KU-2001", Severity.Error), (found.Problem.Code, found.Problem.Severity));
    }

    [Fact]
    public void Must_be_a_directory() => Assert.Equal("KU-2001", Assert.Single(
        ModuleCatalogue.Scan(_folder.Put("file", [1])).Problems).Problem.Code);

    [Fact]
    public void K8_has_each_version_of_a_component_once()
    {
        var first = _folder.PutLone(new("V1_002"));
        var second = _folder.Put("V1_2/V1_2.dll", ModuleAssembly.Of("V1_2", new ModuleSource("Same") { Version = "1.2.0" }));
        _folder.Put("Turbo.dll", ModuleAssembly.Of("Turbo", new ModuleSource("V1_002") { Version = "1.002", Component = "Turbo" }));

        var found = Assert.Single(_folder.Scan().Problems);

        Assert.Equal(("KU-2015", "", UpgradeVersion.Parse("1.2")), (found.Problem.Code, found.Component, found.Version));
        Assert.Contains($"V1_002 in {first}", found.Problem.Message, StringComparison.Ordinal);
        Assert.Contains($"Same in {second}", found.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_all_its_problems_at_once()
    {
        _folder.Put("notes.txt", [1]);
        _folder.Put("V1_001.dll", "no assembly"u8.ToArray());
        _folder.PutLone(new("V1_002") { PerInstance = null });
        _folder.PutLone(new("Nameless") { ConstructorParameters = [typeof(int)] });
        _folder.Put("V1_009.dll", ModuleAssembly.Of("V1_009", new ModuleSource("V1_008") { Version = "1.007" }));

        Assert.Equal(
            ["KU-2002", "KU-2004", "KU-2006", "KU-2008", "KU-2009", "KU-2012", "KU-2013"],
            _folder.Scan().Problems.Select(found => found.Problem.Code).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Is_read_without_running_any_code()
    {
        var trace = _folder.PathOf(".trace");
        var source = new ModuleSource("V1_001") { Constructor = Writing(trace), StaticConstructor = Writing(trace) };
        _folder.PutLone(source);

        var catalogue = _folder.Scan();

        Assert.Empty(catalogue.Problems);
        Assert.False(File.Exists(trace));
        // And it is no dud: once it is constructed, it writes.
        Assert.Empty(_folder.Load(catalogue.Modules).Problems);
        Assert.True(File.Exists(trace));
    }

    [Fact]
    public void Gives_one_module_alone_by_its_path()
    {
        _folder.PutLone(new("V1_001"));
        var lone = _folder.PutLone(new("V1_002"));
        _folder.PutFolder(new("V1_003"));

        Assert.Equal("V1_002", Assert.Single(ModuleCatalogue.ScanPath(lone).Modules).Name);
        Assert.Equal("V1_003", Assert.Single(ModuleCatalogue.ScanPath(_folder.PathOf("V1_003") + "/").Modules).Name);
        Assert.Equal("KU-2003", Assert.Single(ModuleCatalogue.ScanPath(_folder.PathOf("V1_004.dll")).Problems).Problem.Code);
    }

    private static Action<ILGenerator> Writing(string file) => il =>
    {
        il.Emit(OpCodes.Ldstr, file);
        il.Emit(OpCodes.Ldstr, "I ran.");
        il.Emit(OpCodes.Call, typeof(File).GetMethod(nameof(File.AppendAllText), [typeof(string), typeof(string)])!);
    };

    private static string Hash(string file) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
