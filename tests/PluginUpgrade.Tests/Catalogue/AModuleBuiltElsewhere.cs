using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Built against assemblies that are not here, or not in that version.</summary>
public sealed class AModuleBuiltElsewhere : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("PluginUpgrade.Sdk", typeof(UpgradeVersion))]
    [InlineData("Npgsql", typeof(Npgsql.NpgsqlConnection))]
    [InlineData("Microsoft.Extensions.Logging.Abstractions", typeof(Microsoft.Extensions.Logging.ILogger))]
    [InlineData("Microsoft.Extensions.Configuration.Abstractions", typeof(Microsoft.Extensions.Configuration.IConfiguration))]
    [InlineData("Microsoft.Extensions.Primitives", typeof(Microsoft.Extensions.Primitives.StringSegment))]
    public void Is_a_problem_of_its_version_when_what_it_shares_with_the_host_is_newer(string shared, Type type)
    {
        var bytes = ModuleAssembly.Of(Using(type));
        _folder.Put("V1_001.dll", bytes);
        Assert.Empty(_folder.Scan().Problems);

        _folder.Put("V1_001.dll", Against(bytes, shared, 99));
        var catalogue = _folder.Scan();

        MustBe("KU-2016", shared, catalogue);
        // It is a module all the same: an older contract than its own must not make it invisible.
        Assert.Equal("V1_001", Assert.Single(catalogue.Modules).Name);
    }

    [Fact]
    public void Is_a_problem_of_its_version_when_its_dotnet_is_newer()
    {
        _folder.Put("V1_001.dll", Against(ModuleAssembly.Of(new ModuleSource("V1_001")), "System.Private.CoreLib", 99));
        MustBe("KU-2017", "System.Private.CoreLib", _folder.Scan());
    }

    [Fact]
    public void Is_a_problem_of_its_version_when_a_dependency_is_missing()
    {
        _folder.PutProject("Turbo");
        Assert.Empty(_folder.Scan().Problems);
        File.Delete(_folder.PathOf("Turbo/Newtonsoft.Json.dll"));
        MustBe("KU-2018", "Newtonsoft.Json", _folder.Scan(), "Turbo");
    }

    [Fact]
    public void Is_a_problem_when_a_dependency_of_a_dependency_is_missing()
    {
        _folder.Put("V1_001/V1_001.dll", ModuleAssembly.Of(Using(Library("Near").GetType("Near.It")!)));
        var near = Using(typeof(Serilog.ILogger)) with { Namespace = "Near", Name = "It", ImplementsContract = false };
        _folder.Put("V1_001/Near.dll", ModuleAssembly.Of("Near", near));
        MustBe("KU-2018", "Near needs Serilog", _folder.Scan());
    }

    /// <summary>They would be found in the host's own context, in the host's version, and break with its next release.</summary>
    [Theory]
    [InlineData("Serilog", typeof(Serilog.ILogger))]
    [InlineData("PluginUpgrade", typeof(Problem))]
    [InlineData("Microsoft.Extensions.Configuration", typeof(Microsoft.Extensions.Configuration.ConfigurationBuilder))]
    public void Does_not_get_what_the_host_uses_for_itself(string name, Type type)
    {
        _folder.PutFolder(Using(type));
        MustBe("KU-2018", name, _folder.Scan());
    }

    [Fact]
    public void Has_no_dependencies_beside_it_when_it_is_alone()
    {
        var lone = _folder.PutLone(Using(Library("Near").GetType("Near.It")!));
        _folder.Put("Near.dll", File.ReadAllBytes(lone));
        var found = Assert.Single(_folder.Scan().Problems, found => found.Problem.Code == "KU-2018" && found.Problem.Subject == lone);
        Assert.Contains("folder with the module's name", found.Problem.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Is_a_problem_when_a_dependency_is_older_than_it_needs()
    {
        _folder.PutProject("Nitro");
        File.Copy(_folder.PutProject("Turbo").Replace("Turbo.dll", "Newtonsoft.Json.dll", StringComparison.Ordinal),
            _folder.PathOf("Nitro/Newtonsoft.Json.dll"), overwrite: true);
        MustBe("KU-2019", "Newtonsoft.Json", _folder.Scan(), "Nitro");
    }

    [Fact]
    public void Is_a_problem_when_a_dependency_is_damaged()
    {
        _folder.PutProject("Turbo");
        File.WriteAllText(_folder.PathOf("Turbo/Newtonsoft.Json.dll"), "no assembly");
        MustBe("KU-2020", "Newtonsoft.Json", _folder.Scan(), "Turbo");
    }

    [Fact]
    public void Concerns_all_modules_of_its_file()
    {
        _folder.Put("both.dll", ModuleAssembly.Of("both", Using(typeof(Serilog.ILogger)), new ModuleSource("V1_002")));
        var problems = _folder.Scan().Problems;
        Assert.Equal(["1.001", "1.002"], problems.Select(found => found.Version.ToString()));
        Assert.Single(problems.Select(found => found.Problem).Distinct());
    }

    private static void MustBe(string code, string about, ModuleCatalogue catalogue, string component = "")
    {
        var found = Assert.Single(catalogue.Problems);
        Assert.Equal(code, found.Problem.Code);
        Assert.Contains(about, found.Problem.Message, StringComparison.Ordinal);
        Assert.Equal((component, UpgradeVersion.Parse("1.1"), Severity.Error), (found.Component, found.Version, found.Problem.Severity));
    }

    private static ModuleSource Using(Type type) =>
        new("V1_001") { More = module => module.DefineField("it", type, FieldAttributes.Public) };

    private static Assembly Library(string name) => Assembly.Load(
        ModuleAssembly.Of(name, new ModuleSource("It") { Namespace = name, ImplementsContract = false, PerInstance = null }));

    /// <summary>The same assembly, as if it had been built against another major version of what it references.</summary>
    private static byte[] Against(byte[] bytes, string reference, byte major)
    {
        using var file = new PEReader(new MemoryStream(bytes));
        var metadata = file.GetMetadataReader();
        var row = metadata.AssemblyReferences
            .Single(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name) == reference);
        var offset = file.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset(TableIndex.AssemblyRef)
            + (MetadataTokens.GetRowNumber(row) - 1) * metadata.GetTableRowSize(TableIndex.AssemblyRef);
        var changed = bytes.ToArray();
        changed[offset] = major;
        return changed;
    }
}
