namespace PluginUpgrade.Schemas;

/// <summary>All versions of a declared schema: one for each component and scope, from all its declarations.</summary>
public sealed record SchemaHistory(string Component, Scope Scope)
{
    /// <summary>The declarations' class names, without namespaces, joined: the name of its steps in plans and journals.</summary>
    public required string Name { get; init; }

    /// <summary>Oldest first; a version without changes in this scope has none.</summary>
    public required IReadOnlyList<SchemaSlice> Slices { get; init; }

    /// <summary>The declarations that fill a new target after it was created, as modules to be loaded.</summary>
    public IReadOnlyList<UpgradeModule> Bootstraps { get; init; } = [];

    /// <summary>Whether the schema holds nothing else, and new targets are created from it alone.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The version that an upgrade goes to by default; null: nothing begins anywhere.</summary>
    public UpgradeVersion? Current { get; init; }
}
