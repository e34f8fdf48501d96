using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>Classes that declare a schema, as the C# compiler writes them, in tests/Modules/Declaring and DeclaringBadly.</summary>
public sealed class ADeclaringClass : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Is_found_wherever_the_interface_is_listed_and_makes_no_modules()
    {
        var file = _folder.PutProject("Declaring");

        var catalogue = _folder.Scan();

        Assert.Empty(catalogue.Problems);
        Assert.Empty(catalogue.Modules);
        Assert.Equal(
            ["Both", "Inherited", "Outer+Nested", "Replaced", "TurboSchema", "WikiSchema"],
            catalogue.Declarations.Select(one => one.TypeName["Declaring.".Length..]));
        Assert.All(catalogue.Declarations, one => Assert.Equal(
            (file, ModuleFolder.HashOf(File.ReadAllBytes(file)), _folder.PathOf("Declaring"), true),
            (one.File, one.Sha256, one.Folder, one.OwnsFolder)));
        Assert.Contains(_folder.PathOf("Declaring/ShapesBase.dll"), catalogue.Declarations[0].Dependencies);
        Assert.Equal("Nested", catalogue.Declarations[2].Name);
    }

    [Fact]
    public void Is_what_its_attribute_says()
    {
        _folder.PutProject("Declaring");
        var declarations = _folder.Scan().Declarations;
        var turbo = Assert.Single(declarations, one => one.Component == "Turbo");
        Assert.Equal((true, false, true, "2.001"), (turbo.Installation, turbo.Instances, turbo.Complete, turbo.Current));
        Assert.Equal("Turbo TurboSchema", $"{turbo}");
    }

    [Fact]
    public void Is_the_products_for_every_instance_without_an_attribute()
    {
        _folder.PutProject("Declaring");
        var wiki = Assert.Single(_folder.Scan().Declarations, one => one.Name == "WikiSchema");
        Assert.Equal(("", false, true, false, ""), (wiki.Component, wiki.Installation, wiki.Instances, wiki.Complete, wiki.Current));
        Assert.Equal([Scope.Instance], Enum.GetValues<Scope>().Where(wiki.AppliesTo));
    }

    /// <summary>The metadata are read by our rules; the runtime has the last word on which method it would call.</summary>
    [Theory]
    [InlineData("WikiSchema", false, false)]
    [InlineData("TurboSchema", true, false)]
    [InlineData("Nested", false, true)]
    [InlineData("Both", true, true)]
    public void Bootstraps_where_the_runtime_would_call_it(string name, bool installation, bool instance)
    {
        _folder.PutProject("Declaring");
        var found = Assert.Single(_folder.Scan().Declarations, one => one.Name == name);
        Assert.Equal((installation, instance), (found.Bootstraps(Scope.Installation), found.Bootstraps(Scope.Instance)));
        var map = Assert.Single(_folder.Declare([found]).All).Declaration.GetType().GetInterfaceMap(typeof(ISchemaDeclaration));
        var overridden = map.InterfaceMethods.Zip(map.TargetMethods)
            .Where(pair => pair.First.Name == "Bootstrap" && pair.Second is not null
                && pair.Second.DeclaringType != typeof(ISchemaDeclaration))
            .Select(pair => pair.First.GetParameters()[0].ParameterType).ToList();
        Assert.Equal((installation, instance),
            (overridden.Contains(typeof(InstallationContext)), overridden.Contains(typeof(InstanceContext))));
    }

    public static TheoryData<string, string, string> Faults => new()
    {
        { "NotTheContract", "KU-2010", "marked [SchemaDeclaration] but does not implement ISchemaDeclaration" },
        { "NotPublic", "KU-2011", "not public" },
        { "Hidden+Inside", "KU-2011", "not public" },
        { "Generic`1", "KU-2011", "generic" },
        { "Struct", "KU-2011", "a struct" },
        { "Abstract", "KU-2011", "abstract" },
        { "Needy", "KU-2012", "no public constructor without parameters" },
        { "Nowhere", "KU-2061", "applies to nothing" },
        { "NotAVersion", "KU-2062", "Current = \"latest\"" },
        { "VersionZero", "KU-2062", "Current = \"0.0\"" },
        { "WithoutAToken", "KU-2014", ".Bootstrap would never be called" },
        { "HalfRight", "KU-2014", ".Bootstrap would never be called" },
        { "OfTheBase", "KU-2014", ".Bootstrap would never be called" },
        { "NotComplete", "KU-2063", "for an instance would never be called: the declaration is not Complete" },
        { "NotOfTheInstallation", "KU-2063", "for the installation would never be called: the declaration does not apply" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Is_a_problem_of_every_run_by_its_file_and_name(string name, string code, string message)
    {
        var file = _folder.PutProject("DeclaringBadly");

        var catalogue = _folder.Scan();

        var found = Assert.Single(catalogue.Problems, found => found.Problem.Message.Contains($".{name}", StringComparison.Ordinal)
            && found.Problem.Message[$"DeclaringBadly.{name}".Length] is ' ' or '.');
        Assert.Equal((code, file, Severity.Error), (found.Problem.Code, found.Problem.Subject, found.Problem.Severity));
        Assert.Equal(("", null), (found.Component, found.Version));
        Assert.Contains(message, found.Problem.Message, StringComparison.Ordinal);
        Assert.NotEqual("", found.Problem.Remedy);
        Assert.Equal("DeclaringBadly.Good", Assert.Single(catalogue.Declarations).TypeName);
    }

    [Fact]
    public void Has_all_its_problems_told_at_once()
    {
        _folder.PutProject("DeclaringBadly");
        Assert.Equal(Faults.Count, _folder.Scan().Problems.Count);
    }

    [Fact]
    public void Names_the_signature_that_a_bootstrap_must_have()
    {
        _folder.PutProject("DeclaringBadly");
        var found = _folder.Scan().Problems.Single(found => found.Problem.Message.Contains("HalfRight", StringComparison.Ordinal));
        Assert.Contains("'public Task Bootstrap(InstallationContext, CancellationToken)', in a class that names ISchemaDeclaration",
            found.Problem.Remedy, StringComparison.Ordinal);
    }
}
