using PluginUpgrade;

// Classes that compile, and that krang-upgrade cannot use.
namespace DeclaringBadly;

public sealed class Good : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }
}

[SchemaDeclaration(Component = "Turbo")]
public sealed class NotTheContract
{
    public void Declare(SchemaBuilder schema) { }
}

internal sealed class NotPublic : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }
}

internal static class Hidden
{
    public sealed class Inside : ISchemaDeclaration
    {
        public void Declare(SchemaBuilder schema) { }
    }
}

public class Generic<T> : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }
}

public struct Struct : ISchemaDeclaration
{
    public readonly void Declare(SchemaBuilder schema) { }
}

[SchemaDeclaration]
public abstract class Abstract : ISchemaDeclaration
{
    public abstract void Declare(SchemaBuilder schema);
}

public sealed class Needy(string name) : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) => schema.Table(name, since: "1", _ => { });
}

[SchemaDeclaration(Instances = false)]
public sealed class Nowhere : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }
}

[SchemaDeclaration(Current = "latest")]
public sealed class NotAVersion : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }
}

[SchemaDeclaration(Current = "0.0")]
public sealed class VersionZero : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }
}

[SchemaDeclaration(Complete = true)]
public sealed class WithoutAToken : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }

    public Task Bootstrap(InstanceContext instance) => Task.FromResult(instance);
}

/// <summary>One of the two is right.</summary>
[SchemaDeclaration(Complete = true, Installation = true)]
public sealed class HalfRight : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }

    public Task Bootstrap(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<int> Bootstrap(InstallationContext installation, CancellationToken cancellationToken) => Task.FromResult(1);
}

/// <summary>The interface is listed by the base class only, so that the runtime calls the interface's own empty method.</summary>
[SchemaDeclaration(Complete = true)]
public sealed class OfTheBase : Emptily
{
    public Task Bootstrap(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

public abstract class Emptily : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }
}

public sealed class NotComplete : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }

    public Task Bootstrap(InstanceContext instance, CancellationToken cancellationToken) => Task.CompletedTask;
}

[SchemaDeclaration(Complete = true)]
public sealed class NotOfTheInstallation : ISchemaDeclaration
{
    public void Declare(SchemaBuilder schema) { }

    public Task Bootstrap(InstallationContext installation, CancellationToken cancellationToken) => Task.CompletedTask;
}
