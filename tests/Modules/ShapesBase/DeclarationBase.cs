using PluginUpgrade;

namespace ShapesBase;

public abstract class DeclarationBase : ISchemaDeclaration
{
    public virtual void Declare(SchemaBuilder schema) =>
        schema.Table("shared", since: "1", table => table.Column("id", "bigint", column => column.PrimaryKey()));
}
