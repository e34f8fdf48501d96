using PluginUpgrade.Schemas;

namespace PluginUpgrade.Harness;

/// <summary>Declared schemas without an assembly.</summary>
public static class Declarations
{
    public static DeclaredSchema Of(Action<SchemaBuilder> declare, string className = "Acme.WikiSchema") =>
        DeclaredSchema.Of(className, $"/srv/upgrade/{className}.dll", declare);

    /// <summary>The history of a declaration without mistakes.</summary>
    public static SchemaHistory History(Action<SchemaBuilder> declare)
    {
        var (histories, mistakes) = SchemaHistories.Of([Of(declare)]);
        Assert.Empty(mistakes.Select(mistake => $"{mistake.Problem}"));
        return Assert.Single(histories);
    }

    /// <summary>The example of the documentation.</summary>
    public static void Wiki(SchemaBuilder schema) => schema.Table("users", since: "0.0.1", users =>
    {
        users.Column("id", "bigint", column => column.GeneratedAlways().PrimaryKey());
        users.Column("zip", "text", till: "0.6.1");
        users.Column("postcode", "text", since: "0.6.1", column => column.RenamedFrom("zip"));
        users.Column("extra_info", "text", till: "0.0.13");
        users.Column("created_by", "bigint", since: "0.0.20", column => column.References("users"));
        users.Index("users_created_by", "created_by", since: "0.0.20");
    });
}
