using PluginUpgrade;
using ShapesBase;

namespace Declaring;

public sealed class WikiSchema : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) => schema.Table("users", since: "0.0.1", users =>
    {
        users.Column("id", "bigint", column => column.GeneratedAlways().PrimaryKey());
        users.Column("zip", "text", till: "0.6.1");
        users.Column("postcode", "text", since: "0.6.1", column => column.RenamedFrom("zip"));
        users.Column("created_by", "bigint", since: "0.0.20", column => column.References("users"));
        users.Index("users_created_by", "created_by", since: "0.0.20");
    });
}

[SchemaDeclaration(Component = "Turbo", Installation = true, Instances = false, Complete = true, Current = "2.001")]
public sealed class TurboSchema : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) => schema.Enum("state", since: "1.0", state => state.Values("open", "done"));

    public Task Bootstrap(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>The interface is listed by a base class in another assembly.</summary>
public sealed class Inherited : DeclarationBase;

public sealed class Replaced : DeclarationBase
{
    public override void Declare(SchemaBuilder schema) => schema.Table("replaced", since: "1", _ => { });
}

public static class Outer
{
    [SchemaDeclaration(Complete = true)]
    public sealed class Nested : ISchemaDeclaration
    {
        void ISchemaDeclaration.Declare(SchemaBuilder schema) => schema.Table("nested", since: "1", _ => { });

        Task ISchemaDeclaration.Bootstrap(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>A base class, and no declaration.</summary>
public abstract class Base : ISchemaDeclaration
{
    public abstract void Declare(SchemaBuilder schema);

    /// <summary>Another method that happens to have the name: it is not public.</summary>
    internal static void Bootstrap() { }
}

[SchemaDeclaration(Complete = true, Installation = true)]
public sealed class Both : Base, ISchemaDeclaration
{
    public override void Declare(SchemaBuilder schema) => schema.Table("both", since: "1", _ => { });

    public Task Bootstrap(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task Bootstrap(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;
}
