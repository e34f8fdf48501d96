using PluginUpgrade.Schemas;

namespace PluginUpgrade.Tests.Schemas;

public class ADeclarationOfSeveralClasses
{
    private static DeclaredSchema Table(string name, string since, string className) =>
        Declarations.Of(schema => schema.Table(name, since, table => table.Column("id", "bigint")), className);

    [Fact]
    public void J4_is_one_schema_in_the_order_given()
    {
        var (histories, mistakes) = SchemaHistories.Of([Table("b", "1", "Acme.First"), Table("a", "1.0", "Acme.Second")]);
        Assert.Empty(mistakes);
        var slice = Assert.Single(Assert.Single(histories).Slices);
        Assert.Equal(["creates b", "creates a"], slice.Changes.Select(change => change.Summary));
        Assert.Equal("First+Second", histories[0].Name);
    }

    [Fact]
    public void Has_a_history_for_each_kind_of_target()
    {
        var both = Table("a", "1", "Acme.Both") with { Installation = true };
        var addOn = Table("a", "1", "Acme.AddOn") with { Component = "forum" };
        var (histories, _) = SchemaHistories.Of([both, addOn, Table("b", "2", "Acme.Instances")]);
        Assert.Equal([("", Scope.Installation, "1"), ("", Scope.Instance, "2"), ("forum", Scope.Instance, "1")],
            histories.Select(history => (history.Component, history.Scope, history.Current!.Value.Text)));
    }

    [Fact]
    public void R6_is_not_moved_by_a_newer_end()
    {
        var history = Declarations.History(schema => schema.Table("t", since: "1", t =>
        {
            t.Column("a", "text", till: "9");
            t.Column("b", "text", column => column.Default("''", since: "2"));
        }));
        Assert.Equal("2", history.Current!.Value.Text);
        Assert.Equal("9", history.Slices[^1].Version.Text);
    }

    [Fact]
    public void Goes_to_the_version_that_it_says()
    {
        var (histories, mistakes) = SchemaHistories.Of(
            [Table("a", "1", "Acme.First") with { Current = "9" }, Table("b", "2", "Acme.Second")]);
        Assert.Empty(mistakes);
        Assert.Equal("9", histories[0].Current!.Value.Text);
    }

    [Fact]
    public void Agrees_with_itself()
    {
        var (histories, mistakes) = SchemaHistories.Of(
        [
            Table("a", "1", "Acme.First") with { Current = "1", Complete = true },
            Table("b", "1", "Acme.Second") with { Current = "2" },
            Table("c", "1", "Acme.Third") with { Current = "new", Complete = true },
            Table("d", "1", "Acme.Fourth") with { Instances = false, Complete = true },
        ]);
        Assert.Empty(histories);
        Assert.Equal(["KU-2119", "KU-2118", "KU-2118", "KU-2101"], mistakes.Select(mistake => mistake.Problem.Code));
    }

    [Fact]
    public void Does_not_lose_other_components_by_a_mistake()
    {
        var (histories, mistakes) = SchemaHistories.Of(
            [Table("", "1", "Acme.First"), Table("a", "1", "Acme.AddOn") with { Component = "forum" }]);
        Assert.Equal("forum", Assert.Single(histories).Component);
        Assert.Equal("", Assert.Single(mistakes).Component);
    }
}
