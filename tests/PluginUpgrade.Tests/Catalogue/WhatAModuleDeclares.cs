using System.Reflection;
using System.Reflection.Emit;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>[Requires…], read without loading anything.</summary>
public sealed class WhatAModuleDeclares : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CustomAttributeBuilder Attribute<T>(string?[] arguments, string? minimum = null) where T : Attribute => new(
        typeof(T).GetConstructors().Single(), arguments,
        minimum is null ? [] : [typeof(T).GetProperty(nameof(RequiresExtensionAttribute.MinimumVersion))!],
        minimum is null ? [] : [minimum]);

    private static ModuleSource With(params CustomAttributeBuilder[] attributes) => new("V1_002")
    {
        More = type =>
        {
            foreach (var attribute in attributes) type.SetCustomAttribute(attribute);
        },
    };

    [Fact]
    public void Is_read_from_metadata()
    {
        _folder.PutLone(With(
            Attribute<RequiresVersionAttribute>(["1.001"]), Attribute<RequiresExtensionAttribute>(["pg_trgm"], "1.6"),
            Attribute<RequiresExtensionAttribute>(["hstore"]), Attribute<RequiresSettingAttribute>(["wal_level", "logical"]),
            Attribute<RequiresQueryAttribute>(["SELECT true", "It is so."])));
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Equal(
            [
                new Requirement.AtLeast(UpgradeVersion.Parse("1.1")), new Requirement.Extension("pg_trgm", UpgradeVersion.Parse("1.6")),
                new Requirement.Extension("hstore", null), new Requirement.Setting("wal_level", "logical"),
                new Requirement.Query("SELECT true", "It is so."),
            ], Assert.Single(catalogue.Modules).Requirements);
    }

    [Fact]
    public void Is_nothing_for_most() => Assert.Empty(Scanned(new ModuleSource("V1_002")).Requirements);

    public static TheoryData<string, string, ModuleSource> Faults => new()
    {
        { "no version", "KU-2040", With(Attribute<RequiresVersionAttribute>(["soon"])) },
        { "no text at all", "KU-2040", With(Attribute<RequiresVersionAttribute>([null])) },
        { "its own version", "KU-2040", With(Attribute<RequiresVersionAttribute>(["1.2"])) },
        { "no extension", "KU-2041", With(Attribute<RequiresExtensionAttribute>([" "])) },
        { "no version of an extension", "KU-2041", With(Attribute<RequiresExtensionAttribute>(["pg_trgm"], "new")) },
        { "no setting", "KU-2042", With(Attribute<RequiresSettingAttribute>(["", "on"])) },
        { "two words for a setting", "KU-2042", With(Attribute<RequiresSettingAttribute>(["wal level", "on"])) },
        { "no query", "KU-2043", With(Attribute<RequiresQueryAttribute>(["", "It is so."])) },
        { "no reason", "KU-2043", With(Attribute<RequiresQueryAttribute>(["SELECT true", ""])) },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public void Is_a_problem_of_the_module_where_it_makes_no_sense(string why, string code, ModuleSource source)
    {
        _folder.PutLone(source);
        var found = Assert.Single(_folder.Scan().Problems);
        Assert.True(code == found.Problem.Code && found.Version == UpgradeVersion.Parse("1.2"), $"{why}: {found}");
        Assert.Contains("V1_002 has [Requires", found.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_on_a_base_class_too()
    {
        _folder.PutProject("Checking");
        Assert.Equal([new Requirement.Extension("plpgsql", UpgradeVersion.Parse("1.0"))],
            Assert.Single(_folder.Scan().Modules, module => module.Name == "V4_002").Requirements);
    }

    [Fact]
    public void Tells_which_checks_it_overrides()
    {
        _folder.PutProject("Checking");
        var catalogue = _folder.Scan();
        Assert.Empty(catalogue.Problems);
        Assert.Equal([(true, true), (false, true)],
            catalogue.Modules.OrderBy(module => module.Version).Select(module => (module.ChecksInstallation, module.ChecksInstance)));
    }

    [Fact]
    public void Names_the_signature_of_a_check_that_would_never_be_called()
    {
        _folder.PutLone(new ModuleSource("V1_002")
        {
            More = type => type.DefineMethod(nameof(IUpgradeModule.CheckInstance), MethodAttributes.Public | MethodAttributes.Virtual,
                typeof(Task), [typeof(InstanceContext)]).GetILGenerator().Emit(OpCodes.Ret),
        });
        var found = Assert.Single(_folder.Scan().Problems).Problem;
        Assert.Equal("KU-2014", found.Code);
        Assert.Contains("public Task<IReadOnlyList<string>> CheckInstance(InstanceContext, CancellationToken)", found.Remedy,
            StringComparison.Ordinal);
    }

    private UpgradeModule Scanned(ModuleSource source)
    {
        _folder.PutLone(source);
        return Assert.Single(_folder.Scan().Modules);
    }
}
