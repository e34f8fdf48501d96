namespace PluginUpgrade;

public enum Scope
{
    Installation,
    Instance,
}

/// <summary>Where a step works: the installation, or one instance.</summary>
public sealed record Target
{
    public required Scope Scope { get; init; }

    /// <summary>
    /// The installation's or the instance's name. Names of instances are unique; the installation may have the same name as an instance.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>A complete Npgsql connection string. It holds secrets and is never printed.</summary>
    public required string Database { get; init; }

    public required string Schema { get; init; }

    /// <summary>Host and port, for people and for the limit of connections to each server.</summary>
    public required string Server { get; init; }

    /// <summary>The database's name on its server.</summary>
    public required string DatabaseName { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Whether the database belongs only to this instance: it is configured with a database and no schema, and no other target is in that
    /// database. Then the whole database is saved and restored.
    /// </summary>
    public bool OwnDatabase { get; init; }

    /// <summary>Whether it is configured without a schema, although other targets are in the same database.</summary>
    public bool SharesDatabase { get; init; }

    /// <summary>Whether it takes part. An inactive instance is listed and skipped.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Whether the database is on the embedded server, where krang-upgrade creates missing databases and schemas.</summary>
    public bool Embedded { get; init; }

    /// <summary>Whether the database or the schema is missing, and krang-upgrade creates it before the first step.</summary>
    public bool ToBeMade { get; init; }

    /// <summary>The argument of a verb that works on the installation by default: a blank and the instance's name, or nothing.</summary>
    public string Argument => Scope == Scope.Installation ? "" : $" {Name}";

    public override string ToString() => Scope == Scope.Installation ? "installation" : Name;
}
