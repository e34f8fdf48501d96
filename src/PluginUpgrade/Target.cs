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

    /// <summary>The installation's or the instance's name. Instances have unique names; the installation may share one of them.</summary>
    public required string Name { get; init; }

    /// <summary>An Npgsql connection string, complete. Holds secrets: never printed.</summary>
    public required string Database { get; init; }

    public required string Schema { get; init; }

    /// <summary>Host and port, as people read it and as the limit for each server counts it.</summary>
    public required string Server { get; init; }

    /// <summary>The database's name on its server.</summary>
    public required string DatabaseName { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Whether the database is this instance's alone: configured with a database and no schema, and no other target lies in it. Then the
    /// whole database is saved and restored.
    /// </summary>
    public bool OwnDatabase { get; init; }

    /// <summary>Whether it takes part: an inactive instance is listed and skipped.</summary>
    public bool Active { get; init; } = true;

    /// <summary>Whether the database is the embedded server's, where a schema or database that is missing is the host's to make.</summary>
    public bool Embedded { get; init; }

    /// <summary>Whether database or schema are missing and krang-upgrade makes them before the first step.</summary>
    public bool ToBeMade { get; init; }

    /// <summary>As the verbs take it that work on the installation where no instance is named: a blank and the name, or nothing.</summary>
    public string Argument => Scope == Scope.Installation ? "" : $" {Name}";

    public override string ToString() => Scope == Scope.Installation ? "installation" : Name;
}
