using PluginUpgrade.Postgres.Programs;

namespace PluginUpgrade.Saves;

/// <summary>What will be saved, decided before anything is written.</summary>
/// <param name="Archives">The largest first, so that the last ones to end are small.</param>
/// <param name="Free">The free bytes of the disk.</param>
public sealed record SavePlan(IReadOnlyList<PlannedArchive> Archives, long Free)
{
    /// <summary>The bytes of the tables as the server stores them, without indexes.</summary>
    public long Bytes => Archives.Sum(archive => archive.Bytes);

    /// <summary>What this role, or every role, will not be able to restore.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    public IEnumerable<Target> Targets => Archives.SelectMany(archive => archive.Targets);
}

/// <summary>One call of pg_dump to be made.</summary>
public sealed record PlannedArchive
{
    /// <summary>The name of its file or directory in the save.</summary>
    public required string Name { get; init; }

    /// <summary>All in one database.</summary>
    public required IReadOnlyList<Target> Targets { get; init; }

    /// <summary>Each once; empty if the whole database is saved.</summary>
    public required IReadOnlyList<string> Schemas { get; init; }

    /// <summary>The number of jobs that write the directory format; 0: the custom format.</summary>
    public int Jobs { get; init; }

    public required long Bytes { get; init; }

    public required DatabaseSize Database { get; init; }

    public required ClientPrograms Programs { get; init; }

    /// <summary>The links between the schemas of its database.</summary>
    public SchemaLinks Links { get; init; } = SchemaLinks.None;

    public bool IsWholeDatabase => Schemas.Count == 0;

    public override string ToString() => Targets.Count == 1 ? $"{Targets[0]}" : $"{Targets[0]} to {Targets[^1]} ({Targets.Count} targets)";
}
