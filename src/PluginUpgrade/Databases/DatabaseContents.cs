namespace PluginUpgrade.Databases;

/// <summary>A database's contents apart from its targets' journals: leftovers, and objects of others.</summary>
public sealed record DatabaseContents
{
    /// <summary>Why nothing could be read; all other properties are then meaningless.</summary>
    public Problem? NotRead { get; init; }

    public IReadOnlyList<InvalidIndex> InvalidIndexes { get; init; } = [];

    public IReadOnlyList<TablesOfOtherRoles> TablesOfOtherRoles { get; init; } = [];

    /// <summary>Schemas with an instance's journal that the settings do not name.</summary>
    public IReadOnlyList<string> UnknownInstances { get; init; } = [];

    /// <summary>The number of relations of the largest schemas, largest first; read only on request.</summary>
    public IReadOnlyList<SchemaRelations> Largest { get; init; } = [];

    /// <summary>Of the schemas with a journal, those that belong to no target, and that no target keeps beside its own.</summary>
    public static IEnumerable<string> Unknown(IEnumerable<string> schemas, IReadOnlySet<string> ofTargets)
    {
        return schemas.Where(schema => !ofTargets.Contains(schema) && !IsKept(schema));

        // A side-by-side upgrade or a restore keeps schemas that are named after the target's: acme__before.
        bool IsKept(string schema)
        {
            var end = schema.LastIndexOf("__", StringComparison.Ordinal);
            return end > 0 && ofTargets.Contains(schema[..end]);
        }
    }
}

public sealed record InvalidIndex(string Schema, string Name, string Table);

/// <summary>Relations of a schema whose owner is neither this role nor a role that it is a member of.</summary>
public sealed record TablesOfOtherRoles(string Schema, string Owner, string First, long Count);

public sealed record SchemaRelations(string Schema, long Relations);
