using System.Runtime.Loader;
using PluginUpgrade.Loading;
using PluginUpgrade.Tests.Catalogue;

namespace PluginUpgrade.Tests.Loading;

public sealed class LoadingDeclarations : IDisposable
{
    private readonly TemporaryDropFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Rule_1_runs_each_class_and_has_what_it_declared()
    {
        _folder.PutProject("Declaring");
        var declarations = _folder.Scan().Declarations;

        var loaded = _folder.Declare(declarations);

        Assert.Empty(loaded.Problems);
        Assert.Equal(declarations, loaded.All.Select(one => one.Class));
        Assert.Equal(["both", "shared", "nested", "replaced", "state", "users"], loaded.All.Select(one =>
            one.Schema.Tables.Select(table => table.Name).Concat(one.Schema.Enums.Select(type => type.Name)).Single()));
        Assert.Equal(["id", "zip", "postcode", "created_by"], loaded.All[^1].Schema.Tables[0].Columns.Select(column => column.Name));
        Assert.All(loaded.All, one => Assert.Equal(one.Class.TypeName, one.Declaration.GetType().FullName));
    }

    [Fact]
    public void Rule_1_loads_from_a_private_copy_in_a_context_of_its_own()
    {
        _folder.PutProject("Declaring");
        _folder.Put("other.dll", DeclaringSource.Assembly("Other"));
        var loaded = _folder.Declare(_folder.Scan().Declarations);
        var places = loaded.All.Select(one => one.Declaration.GetType().Assembly).Distinct().ToList();
        Assert.Equal(2, places.Select(AssemblyLoadContext.GetLoadContext).Distinct().Count());
        Assert.DoesNotContain(AssemblyLoadContext.Default, places.Select(AssemblyLoadContext.GetLoadContext));
        Assert.All(places, place => Assert.DoesNotContain(_folder.Path, place.Location, StringComparison.Ordinal));
        Assert.All(places, place => Assert.True(File.Exists(place.Location)));
        loaded.Dispose();
        Assert.All(places, place => Assert.False(File.Exists(place.Location)));
    }

    [Fact]
    public void Loads_none_that_was_not_asked_for()
    {
        _folder.PutProject("DeclaringWorse");
        var loaded = Declare("Good");
        Assert.Empty(loaded.Problems);
        Assert.Equal("good", Assert.Single(Assert.Single(loaded.All).Schema.Tables).Name);
        Assert.Empty(_folder.Declare([]).All);
    }

    public static TheoryData<string, string, string> Faults => new()
    {
        {
            "ThrowsInItsConstructor", "KU-2023",
            "The constructor of DeclaringWorse.ThrowsInItsConstructor failed. InvalidOperationException: no such setting At Worse.cs, line "
        },
        { "ThrowsAtFirst", "KU-2065", "DeclaringWorse.ThrowsAtFirst.Declare failed. FormatException: " },
        { "Throws", "KU-2065", "DeclaringWorse.Throws.Declare failed. NotSupportedException: not yet At Worse.cs, line " },
        { "Waits", "KU-2066", "DeclaringWorse.Waits.Declare is async" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Rule_1_tells_what_failed_and_where_and_runs_the_others(string name, string code, string message)
    {
        var file = _folder.PutProject("DeclaringWorse");
        var loaded = Declare(name, "Good");
        var found = Assert.Single(loaded.Problems);
        Assert.Equal((code, file, "", null), (found.Problem.Code, found.Problem.Subject, found.Component, found.Version));
        Assert.StartsWith(message, found.Problem.Message, StringComparison.Ordinal);
        Assert.NotEqual("", found.Problem.Remedy);
        Assert.Equal("Good", Assert.Single(loaded.All).Class.Name);
    }

    [Theory]
    [InlineData("Hangs")]
    [InlineData("HangsInItsConstructor")]
    public void Rule_1_waits_for_none_longer_than_its_limit(string name)
    {
        var file = _folder.PutProject("DeclaringWorse");
        _folder.Put("other.dll", DeclaringSource.Assembly("Other"));

        var loaded = _folder.Declare(
            [.. _folder.Scan().Declarations.Where(one => one.Name == name || one.Name == "Other")], TimeSpan.FromSeconds(3));

        var found = Assert.Single(loaded.Problems).Problem;
        Assert.Equal(("KU-2026", file), (found.Code, found.Subject));
        Assert.Contains($"DeclaringWorse.{name}", found.Message, StringComparison.Ordinal);
        Assert.Equal("Other", Assert.Single(loaded.All).Class.Name);
    }

    [Fact]
    public void Is_not_changed_by_a_class_that_keeps_its_builder()
    {
        _folder.PutProject("DeclaringWorse");
        var loaded = Assert.Single(Declare("Keeps").All);
        var before = DeclaredText.Of(loaded.Schema);

        loaded.Declaration.GetType().GetMethod("GoOn")!.Invoke(loaded.Declaration, []);

        Assert.Equal(before, DeclaredText.Of(loaded.Schema));
        Assert.Contains("kept", before, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_in_the_environment_that_modules_have()
    {
        _folder.PutProject("DeclaringWorse");
        var tables = Assert.Single(Declare("Tells").All).Schema.Tables.Select(table => table.Name).ToList();
        var culture = "";
        var machine = new Thread(() =>
        {
            MachineCulture.Enter();
            culture = System.Globalization.CultureInfo.CurrentCulture.Name;
        });
        machine.Start();
        machine.Join();
        Assert.Equal([culture, "DeclaringWorse.Good", "System.ComponentModel.Int32Converter"], tables);
    }

    [Fact]
    public void Is_refused_where_its_file_has_changed_since_it_was_read()
    {
        var file = _folder.Put("Wiki.dll", DeclaringSource.Assembly("WikiSchema"));
        var declarations = _folder.Scan().Declarations;
        File.WriteAllBytes(file, DeclaringSource.Assembly("WikiSchema"));
        Assert.Equal("KU-2021", Assert.Single(_folder.Declare(declarations).Problems).Problem.Code);
        File.Delete(file);
        Assert.Equal("KU-2022", Assert.Single(_folder.Declare(declarations).Problems).Problem.Code);
    }

    [Fact]
    public void Is_refused_where_a_dependency_has_changed_since_it_was_read()
    {
        _folder.PutProject("Declaring");
        var declarations = _folder.Scan().Declarations;
        _folder.Put("Declaring/ShapesBase.dll", ModuleAssembly.Of("ShapesBase", new ModuleSource("Other")));
        var problems = _folder.Declare(declarations).Problems.Select(found => found.Problem).Distinct();
        Assert.Equal("KU-2021", Assert.Single(problems).Code);
        Assert.Contains(_folder.Declare(_folder.Scan().Declarations).Problems, found => found.Problem.Code == "KU-2022");
    }

    private LoadedDeclarations Declare(params string[] names) =>
        _folder.Declare([.. _folder.Scan().Declarations.Where(one => names.Contains(one.Name))]);
}
