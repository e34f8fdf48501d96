using PluginUpgrade.Restores;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Tests.Saves;

public class ChoosingASave
{
    private static readonly Target Installation = Target(Scope.Installation, "krang");
    private static readonly Target Acme = Target(Scope.Instance, "acme");
    private static readonly Target Globex = Target(Scope.Instance, "globex");

    private static readonly Save[] Saves =
    [
        Of("20260101T000000Z-0000000a", Installation, Acme, Globex), Of("20260102T000000Z-0000000b", Acme),
        Of("20260103T000000Z-0000000c", Installation, Acme) with { Fault = SaveProblem.MissingFile("20260103T000000Z-0000000c", "x") },
    ];

    [Fact]
    public void Takes_the_newest_whole_one_that_holds_all_and_says_which_it_passes_over()
    {
        Assert.Equal("20260102T000000Z-0000000b", Chosen(null, [Acme]).Save?.Id);
        Assert.Equal("20260101T000000Z-0000000a", Chosen(null, [Acme, Globex]).Save?.Id);
        var (save, problems) = Chosen(null, [Installation]);
        Assert.Equal("20260101T000000Z-0000000a", save?.Id);
        Assert.Equal([("KU-7013", Severity.Warning)], problems.Select(problem => (problem.Code, problem.Severity)));
    }

    [Theory]
    [InlineData("20260102", "20260102T000000Z-0000000b")]
    [InlineData("20260101t000000z-0000000A", "20260101T000000Z-0000000a")]
    public void Takes_the_one_whose_ID_begins_like_that(string id, string expected) =>
        Assert.Equal(expected, Chosen(id, [Acme]).Save?.Id);

    [Theory]
    [InlineData("2026", "KU-7032")]
    [InlineData("2027", "KU-7031")]
    public void Refuses_an_ID_of_none_or_of_several(string id, string code)
    {
        var (save, problems) = Chosen(id, [Acme]);
        Assert.Null(save);
        Assert.Equal(code, Assert.Single(problems).Code);
    }

    [Fact]
    public void Refuses_one_of_another_installation()
    {
        var (save, problems) = RestoreChoice.Of(Saves, "20260101", "other", "saves", [Acme]);
        Assert.Null(save);
        Assert.Equal("KU-7033", Assert.Single(problems).Code);
        Assert.Equal("KU-7030", RestoreChoice.Of(Saves, null, "other", "saves", [Acme]).Problems[^1].Code);
    }

    private static (Save? Save, IReadOnlyList<Problem> Problems) Chosen(string? id, Target[] needed) =>
        RestoreChoice.Of(Saves, id, "krang", "saves", needed);

    private static Target Target(Scope scope, string name) =>
        new() { Scope = scope, Name = name, Database = "", Schema = name, Server = "", DatabaseName = "" };

    private static Save Of(string id, params Target[] targets) => new($"/saves/{id}", new SaveManifest
    {
        Id = id,
        Installation = "krang",
        RunId = default,
        StartedAt = default,
        FinishedAt = default,
        Host = "",
        BeforeUpgrade = false,
        Targets = [.. targets.Select(t => new SavedTarget(t.Scope, t.Name, "", "", t.Schema, "a", new Dictionary<string, string>()))],
        Archives = [],
    }, null);
}
