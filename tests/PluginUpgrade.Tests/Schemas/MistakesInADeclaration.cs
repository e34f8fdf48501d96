using System.Text.RegularExpressions;
using PluginUpgrade.Schemas;

namespace PluginUpgrade.Tests.Schemas;

/// <summary>Each gives exactly one mistake, which names class, table and column.</summary>
public partial class MistakesInADeclaration
{
    private sealed record Case(string Code, string Place, Action<SchemaBuilder> Declare);

    private static Case Table(string code, string place, Action<TableBuilder> declare) =>
        new(code, place, schema => schema.Table("t", since: "1", declare));

    private static readonly Lazy<Dictionary<string, Case>> Cases = new(() => new(
    [
        .. MistakesOfColumns.Select(pair => KeyValuePair.Create(pair.Key, Table(pair.Value.Code, pair.Value.Place, pair.Value.Declare))),
        .. MistakesOfParts.Select(pair => KeyValuePair.Create(pair.Key, Table(pair.Value.Code, pair.Value.Place, pair.Value.Declare))),
        .. MistakesOfSchemas.Select(pair => KeyValuePair.Create(pair.Key, new Case(pair.Value.Code, pair.Value.Place, pair.Value.Declare))),
    ]));

    public static TheoryData<string> Names => [.. Cases.Value.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Are_found_one_by_one(string name)
    {
        var (code, place, declare) = Cases.Value[name];
        var (histories, mistakes) = SchemaHistories.Of([Declarations.Of(declare)]);
        Assert.Empty(histories);
        var problem = Assert.Single(mistakes).Problem;
        Assert.Equal(code, problem.Code);
        Assert.StartsWith($"Acme.WikiSchema, {place}: ", problem.Message);
        Assert.EndsWith(".", problem.Remedy);
        Assert.Equal("/srv/upgrade/Acme.WikiSchema.dll", problem.Subject);
    }

    /// <summary>Each in a table of its own: none hides another, and none causes others.</summary>
    [Fact]
    public void Are_found_all_together()
    {
        var cases = MistakesOfColumns.Concat(MistakesOfParts).Select(one => one.Value).ToList();
        var (_, mistakes) = SchemaHistories.Of([Declarations.Of(schema =>
        {
            foreach (var (number, one) in cases.Index()) schema.Table($"t{number}", since: "1", one.Declare);
        })]);
        Assert.Equal(cases.Select(one => one.Code).Order(StringComparer.Ordinal),
            mistakes.Select(mistake => mistake.Problem.Code).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Say_what_to_write()
    {
        var (_, mistakes) = SchemaHistories.Of([Declarations.Of(schema => schema.Table("users", since: "0.0.1", users =>
        {
            users.Column("zip", "text");
            users.Column("postcode", "varchar(10)", since: "0.6.1", column => column.RenamedFrom("zip"));
        }))]);
        Assert.Equal("Acme.WikiSchema, users.postcode: it is renamed from zip, which does not end at 0.6.1.", mistakes[0].Problem.Message);
        Assert.Equal("Write till: \"0.6.1\" at zip.", mistakes[0].Problem.Remedy);
    }

    /// <summary>Every code of declarations is met here or in the tests of several classes.</summary>
    [Fact]
    public void Are_all_tried()
    {
        var sources = Path.Combine(Repository(), "src", "PluginUpgrade", "Schemas");
        var codes = Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Code().Matches(File.ReadAllText(file))).Select(match => match.Value).ToHashSet();
        Assert.Empty(codes.Except(Cases.Value.Values.Select(one => one.Code)).Except(["KU-2118", "KU-2119"]));
    }

    private static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "PluginUpgrade.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }

    [GeneratedRegex(@"KU-\d{4}")]
    private static partial Regex Code();
}
