using PluginUpgrade;

namespace Noted;

/// <summary>A column is added to a table: what <c>NotedByHand</c> does by a module.</summary>
public sealed class NotedSchema : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) => schema.Table("item", since: "1.0", item =>
    {
        item.Column("id", "bigint", column => column.PrimaryKey());
        item.Column("name", "text", column => column.NotNull());
        item.Column("note", "text", since: "1.1");
    });
}
