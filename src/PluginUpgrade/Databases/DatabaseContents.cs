namespace PluginUpgrade.Databases;

/// <summary>What lies in a database besides what its targets' journals say: leftovers, and what belongs to others.</summary>
public sealed record DatabaseContents
{
    /// <summary>Why nothing could be read; then all else here means nothing.</summary>
    public Problem? NotRead { get; init; }

    public IReadOnlyList<InvalidIndex> InvalidIndexes { get; init; } = [];

    public IReadOnlyList<TablesOfOtherRoles> TablesOfOtherRoles { get; init; } = [];

    /// <summary>Schemas with a journal of an instance that the settings do not name.</summary>
    public IReadOnlyList<string> UnknownInstances { get; init; } = [];

    /// <summary>How many relations the largest schemas hold, the largest first; read where somebody asks for them.</summary>
    public IReadOnlyList<SchemaRelations> Largest { get; init; } = [];

    /// <summary>Of schemas with a journal, those that are no target's, and not what one keeps beside its own.</summary>
    public static IEnumerable<string> Unknown(IEnumerable<string> schemas, IReadOnlySet<string> ofTargets)
    {
        return schemas.Where(schema => !ofTargets.Contains(schema) && !IsKept(schema));

        // What an upgrade side by side or a restore keeps beside a schema is named after it: acme__before.
        bool IsKept(string schema)
        {
            var end = schema.LastIndexOf("__", StringComparison.Ordinal);
            return end > 0 && ofTargets.Contains(schema[..end]);
        }
    }
}

public sealed record InvalidIndex(string Schema, string Name, string Table);

/// <summary>Tables and such of a schema that neither this role owns nor one that it is a member of.</summary>
public sealed record TablesOfOtherRoles(string Schema, string Owner, string First, long Count);

public sealed record SchemaRelations(string Schema, long Relations);
