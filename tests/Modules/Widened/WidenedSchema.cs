using PluginUpgrade;

namespace Widened;

/// <summary>
/// Two changes of a type: PostgreSQL writes the table anew for the first, and not for the second. Then a default that is computed for each
/// row.
/// </summary>
public sealed class WidenedSchema : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) => schema.Table("item", since: "1.0", item =>
    {
        item.Column("id", "bigint", column => column.PrimaryKey());
        item.Column("amount", "integer", column => column.Type("bigint", since: "1.1"));
        item.Column("label", "varchar(10)", column => column.Type("varchar(20)", since: "1.2"));
        item.Column("token", "uuid", since: "1.3", column => column.Default("gen_random_uuid()").InBatches());
    });
}
