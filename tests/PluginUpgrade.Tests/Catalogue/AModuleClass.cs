using System.Reflection;

namespace PluginUpgrade.Tests.Catalogue;

public sealed class AModuleClass : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Classes as the C# compiler writes them, in tests/Modules/Shapes.</summary>
    [Theory]
    [InlineData("V1_001", true, true)]
    [InlineData("V1_002", false, true)]
    [InlineData("V1_003", true, false)]
    [InlineData("V1_004", true, false)]
    [InlineData("V1_005", false, true)]
    [InlineData("V1_006", false, true)]
    [InlineData("V1_007", true, false)]
    [InlineData("V1_008", false, true)]
    [InlineData("V1_009", false, true)]
    [InlineData("V1_010", false, true)]
    public void Has_the_hooks_that_it_or_its_bases_override(string name, bool installation, bool instance)
    {
        _folder.PutProject("Shapes");
        var module = Assert.Single(_folder.Scan().Modules, module => module.Name == name);
        Assert.Equal((installation, instance), (module.HasInstallationStep, module.HasInstanceStep));
        Assert.Equal(name == "V1_008" ? "Shapes.Outer+V1_008" : $"Shapes.{name}", module.TypeName);
    }

    [Theory]
    [InlineData("V2_001", "KU-2014")]
    [InlineData("V2_002", "KU-2014")]
    [InlineData("V2_003", "KU-2014")]
    [InlineData("V2_004", "KU-2014")]
    [InlineData("V2_005", "KU-2014")]
    [InlineData("V2_006", "KU-2013")]
    public void Is_a_problem_when_its_hooks_would_never_be_called(string name, string code)
    {
        _folder.PutProject("Shapes");
        var found = Assert.Single(_folder.Scan().Problems, found => found.Version == UpgradeVersion.Parse(name));
        Assert.Equal(code, found.Problem.Code);
        Assert.Contains($"Shapes.{name}", found.Problem.Message, StringComparison.Ordinal);
    }

    /// <summary>The metadata are read by our rules; the runtime has the last word on which method it would call.</summary>
    [Fact]
    public void Has_the_hooks_that_the_runtime_would_call()
    {
        _folder.PutProject("Shapes");
        var modules = _folder.Scan().Modules;
        var loaded = _folder.Load(modules);
        Assert.Equal(16, modules.Count);
        foreach (var module in modules)
        {
            var map = loaded[module].GetType().GetInterfaceMap(typeof(IUpgradeModule));
            var overridden = map.InterfaceMethods.Zip(map.TargetMethods)
                .Where(pair => pair.Second is not null && pair.Second.DeclaringType != typeof(IUpgradeModule))
                .Select(pair => pair.First.Name);
            var read = new List<string>();
            if (module.HasInstallationStep) read.Add(nameof(IUpgradeModule.PerInstallation));
            if (module.HasInstanceStep) read.Add(nameof(IUpgradeModule.PerInstance));
            Assert.True(read.SequenceEqual(overridden.Order(StringComparer.Ordinal)), $"{module}: {string.Join(", ", overridden)}");
        }
    }

    [Fact]
    public void Is_no_problem_otherwise()
    {
        _folder.PutProject("Shapes");
        Assert.DoesNotContain(_folder.Scan().Problems, found => found.Version is null || found.Version < UpgradeVersion.Parse("2"));
    }

    /// <summary>In a file whose name says nothing, so that only the class is to blame.</summary>
    public static TheoryData<string, string, ModuleSource> Faults => new()
    {
        { "no version anywhere", "KU-2006", new("Story") },
        { "a version that is none", "KU-2007", new("V1_002") { Version = "latest" } },
        { "a version that is zero", "KU-2007", new("Story") { Version = "0.0" } },
        { "a name that is zero", "KU-2007", new("V0_000") },
        { "an empty version", "KU-2007", new("V1_002") { Version = "" } },
        { "a name for another version", "KU-2008", new("V1_002") { Version = "1.003" } },
        { "the attribute without the interface", "KU-2010", new("V1_002") { Version = "1.002", ImplementsContract = false } },
        { "not public", "KU-2011", new("V1_002") { Attributes = TypeAttributes.NotPublic } },
        {
            "abstract and marked", "KU-2011",
            new("V1_002") { Version = "1.002", Attributes = TypeAttributes.Public | TypeAttributes.Abstract }
        },
        { "generic", "KU-2011", new("V1_002") { More = type => type.DefineGenericParameters("T") } },
        { "a constructor that wants something", "KU-2012", new("V1_002") { ConstructorParameters = [typeof(string)] } },
        { "no hook", "KU-2013", new("V1_002") { PerInstance = null } },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void Is_a_problem_by_name(string why, string code, ModuleSource source)
    {
        var file = _folder.Put("module.dll", ModuleAssembly.Of("module", source, new ModuleSource("V1_001")));

        var catalogue = _folder.Scan();

        var found = Assert.Single(catalogue.Problems);
        Assert.True((code, file, Severity.Error) == (found.Problem.Code, found.Problem.Subject, found.Problem.Severity), $"{why}: {found}");
        Assert.StartsWith(source.Name + " ", found.Problem.Message, StringComparison.Ordinal);
        Assert.NotEqual("", found.Problem.Remedy);
        Assert.Contains(catalogue.Modules, module => module.Name == "V1_001");
    }

    [Fact]
    public void Concerns_only_its_own_version_where_that_is_known()
    {
        _folder.Put("Turbo.dll", ModuleAssembly.Of("Turbo",
            new ModuleSource("V1_002") { Version = "1.002", Component = "Turbo", PerInstance = null },
            new ModuleSource("V1_003") { Version = "1.003", Component = "Turbo" }));

        var catalogue = _folder.Scan();

        var found = Assert.Single(catalogue.Problems);
        Assert.Equal(("Turbo", UpgradeVersion.Parse("1.2")), (found.Component, found.Version));
        Assert.Equal(2, catalogue.Modules.Count);
    }

    [Fact]
    public void Is_not_an_abstract_class_that_modules_share()
    {
        _folder.Put("module.dll", ModuleAssembly.Of("module",
            new ModuleSource("Shared") { Attributes = TypeAttributes.Public | TypeAttributes.Abstract }, new ModuleSource("V1_001")));
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Equal("V1_001", Assert.Single(catalogue.Modules).Name);
    }

    [Fact]
    public void Must_be_of_the_version_that_its_file_is_named_for()
    {
        var file = _folder.Put("V1_005.dll", ModuleAssembly.Of("V1_005", new ModuleSource("V1_004")));
        var found = Assert.Single(_folder.Scan().Problems);
        Assert.Equal(("KU-2009", file), (found.Problem.Code, found.Problem.Subject));
        // The wrong file may have been copied: which version is amiss is anybody's guess.
        Assert.Null(found.Version);
    }

    [Fact]
    public void May_share_its_file_with_others_as_long_as_one_is_of_the_named_version()
    {
        _folder.Put("V1_005.dll", ModuleAssembly.Of("V1_005", new ModuleSource("V1_004"), new ModuleSource("V1_005")));
        Assert.Empty(_folder.Scan().Problems);
    }
}
