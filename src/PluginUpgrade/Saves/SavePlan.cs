using PluginUpgrade.Postgres.Programs;

namespace PluginUpgrade.Saves;

/// <summary>What is to be saved, decided before anything is written.</summary>
/// <param name="Archives">The largest first, so that the last ones to end are small.</param>
/// <param name="Free">Of the disk, in bytes.</param>
public sealed record SavePlan(IReadOnlyList<PlannedArchive> Archives, long Free)
{
    /// <summary>Of the tables, without indexes, as the server keeps them.</summary>
    public long Bytes => Archives.Sum(archive => archive.Bytes);

    /// <summary>What of it this role, or anybody, will not be able to restore.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    public IEnumerable<Target> Targets => Archives.SelectMany(archive => archive.Targets);
}

/// <summary>One call of pg_dump to be made.</summary>
public sealed record PlannedArchive
{
    /// <summary>Its file's or directory's name in the save.</summary>
    public required string Name { get; init; }

    /// <summary>All in one database.</summary>
    public required IReadOnlyList<Target> Targets { get; init; }

    /// <summary>Each once; none where the whole database is saved.</summary>
    public required IReadOnlyList<string> Schemas { get; init; }

    /// <summary>The directory format, written by so many jobs; 0: the custom format.</summary>
    public int Jobs { get; init; }

    public required long Bytes { get; init; }

    public required DatabaseSize Database { get; init; }

    public required ClientPrograms Programs { get; init; }

    /// <summary>Of its database.</summary>
    public SchemaLinks Links { get; init; } = SchemaLinks.None;

    public bool IsWholeDatabase => Schemas.Count == 0;

    public override string ToString() => Targets.Count == 1 ? $"{Targets[0]}" : $"{Targets[0]} to {Targets[^1]} ({Targets.Count} targets)";
}
