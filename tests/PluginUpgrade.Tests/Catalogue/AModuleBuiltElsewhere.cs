using System.Reflection;
using System.Reflection.Emit;
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

    /// <summary>As in any program: the module may never come to what needs it.</summary>
    [Fact]
    public void G2a_is_a_warning_when_a_dependency_of_a_dependency_is_missing()
    {
        _folder.Put("V1_001/V1_001.dll", ModuleAssembly.Of(Using(Library("Near").GetType("Near.It")!)));
        var near = Using(typeof(Serilog.ILogger)) with { Namespace = "Near", Name = "It", ImplementsContract = false };
        _folder.Put("V1_001/Near.dll", ModuleAssembly.Of("Near", near));
        MustBe("KU-2018", "Near needs Serilog", _folder.Scan(), severity: Severity.Warning);
        Assert.Empty(_folder.Load(_folder.Scan().Modules).Problems);

        _folder.Put("V1_001/Serilog.dll", "no assembly"u8.ToArray());
        MustBe("KU-2020", "Near needs Serilog", _folder.Scan(), severity: Severity.Warning);
        _folder.Put("V1_001/Serilog.dll", Against(File.ReadAllBytes(typeof(Serilog.ILogger).Assembly.Location)));
        MustBe("KU-2019", "Near needs Serilog", _folder.Scan(), severity: Severity.Warning);
    }

    /// <summary>Built against another version of Npgsql than the host shares: it would fail in the middle of a step.</summary>
    [Theory]
    [InlineData("NpgsqlConnection", "Renamed", "Npgsql.NpgsqlConnection.Renamed")]
    [InlineData("NpgsqlConnection", "ReloadTypes", null)]
    [InlineData("NpgsqlConnection", "Gone", "Npgsql.NpgsqlConnection.Gone")]
    [InlineData("NpgsqlGone", "Open", "Npgsql.NpgsqlGone")]
    public void G2a_is_a_problem_when_a_library_of_it_calls_what_the_shared_Npgsql_lacks(string type, string method, string? missing)
    {
        _folder.Put("V1_001/V1_001.dll", ModuleAssembly.Of(Using(Library("Near").GetType("Near.It")!)));
        _folder.Put("V1_001/Near.dll", Calling("Npgsql", $"Npgsql.{type}", method));
        if (missing is null) Assert.Empty(_folder.Scan().Problems);
        else MustBe("KU-2033", missing, _folder.Scan());
    }

    /// <summary>Every reference of a library that was built against the host's own version is found there, generic ones too.</summary>
    [Fact]
    public void G2a_is_none_where_a_real_library_was_built_against_what_is_shared()
    {
        var module = _folder.PutProject("Entities");
        Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(module)!, "Npgsql.EntityFrameworkCore.PostgreSQL.dll")));
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Contains(catalogue.Modules[0].Dependencies.Keys,
            path => path.EndsWith("Npgsql.EntityFrameworkCore.PostgreSQL.dll", StringComparison.Ordinal));
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

    private static void MustBe(
        string code, string about, ModuleCatalogue catalogue, string component = "", Severity severity = Severity.Error)
    {
        var found = Assert.Single(catalogue.Problems);
        Assert.Equal(code, found.Problem.Code);
        Assert.Contains(about, found.Problem.Message, StringComparison.Ordinal);
        Assert.Equal((component, UpgradeVersion.Parse("1.1"), severity), (found.Component, found.Version, found.Problem.Severity));
    }

    /// <summary>A library Near, whose method calls one without parameters that it saw in another assembly.</summary>
    private static byte[] Calling(string assembly, string type, string method)
    {
        // A stand-in of the same identity, which has what the library calls.
        var real = Assembly.Load(assembly).GetName();
        var seen = new PersistedAssemblyBuilder(new AssemblyName(assembly) { Version = real.Version }, typeof(object).Assembly);
        var made = seen.DefineDynamicModule(assembly).DefineType(type, TypeAttributes.Public | TypeAttributes.Class);
        made.DefineMethod(method, MethodAttributes.Public, typeof(void), []).GetILGenerator().Emit(OpCodes.Ret);
        made.CreateType();
        using var bytes = new MemoryStream();
        seen.Save(bytes);
        var called = Assembly.Load(bytes.ToArray()).GetType(type)!.GetMethod(method)!;
        return ModuleAssembly.Of("Near", new ModuleSource("It")
        {
            Namespace = "Near",
            ImplementsContract = false,
            PerInstance = null,
            More = it => it.DefineMethod("Call", MethodAttributes.Public | MethodAttributes.Static).GetILGenerator()
                .Emit(OpCodes.Callvirt, called),
        });
    }

    private static ModuleSource Using(Type type) =>
        new("V1_001") { More = module => module.DefineField("it", type, FieldAttributes.Public) };

    private static Assembly Library(string name) => Assembly.Load(
        ModuleAssembly.Of(name, new ModuleSource("It") { Namespace = name, ImplementsContract = false, PerInstance = null }));

    /// <summary>The same assembly in an older version.</summary>
    private static byte[] Against(byte[] bytes)
    {
        using var file = new PEReader(new MemoryStream(bytes));
        var offset = file.PEHeaders.MetadataStartOffset + file.GetMetadataReader().GetTableMetadataOffset(TableIndex.Assembly) + 4;
        var changed = bytes.ToArray();
        changed[offset] = 0;
        return changed;
    }

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
