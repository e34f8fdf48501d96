using PluginUpgrade.Loading;

namespace PluginUpgrade.Tests.Loading;

public sealed class ADeclarationsCopy
{
    [Fact]
    public void Has_everything_that_builders_can_collect_and_shares_nothing_that_they_could_change()
    {
        var schema = new SchemaBuilder();
        schema.Table("users", "1", "9", users =>
        {
            users.RenamedFrom("people").Comment("all");
            users.Column("id", "bigint", column => column.GeneratedAlways().PrimaryKey().Comment("key").RenamedFrom("nr"));
            users.Column("name", "text", since: "2", till: "3", column => column
                .Unique().Check("name <> ''").Collate("C").NotNull("2.1").Null("2.2").Default("''", "2").NoDefault("2.3")
                .Type("varchar", "2.4", "name::varchar").Rewrite().InBatches().References("names", "id", onDelete: "CASCADE"));
            users.Column("twice", "bigint", column => column.Generated("id * 2"));
            users.PrimaryKey("id", since: "2", name: "users_key");
            users.Check("positive", "id > 0");
            users.ForeignKey("name", "names", key => { });
            users.Index("by_name", "name", index => index.Unique().Using("btree").Where("true").Include("id").Concurrently());
        });
        schema.Enum("state", "1", "9", state => state.Values("open").Value("done", "2", after: "open"));

        var copy = DeclarationCopy.Of(schema);

        Assert.Equal(DeclaredText.Of(schema), DeclaredText.Of(copy));
        Assert.Contains("DeclaredForeignKey", DeclaredText.Of(copy), StringComparison.Ordinal);
        Assert.NotEmpty(DeclaredText.Parts(copy));
        Assert.Empty(DeclaredText.Parts(copy).Intersect(DeclaredText.Parts(schema), ReferenceEqualityComparer.Instance));
    }
}
