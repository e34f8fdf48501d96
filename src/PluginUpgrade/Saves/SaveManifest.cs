namespace PluginUpgrade.Saves;

/// <summary>The contents of a save: the file <c>manifest.json</c> in its folder, written last, before the folder gets its name.</summary>
public sealed record SaveManifest
{
    public const int CurrentFormat = 1;
    public const string FileName = "manifest.json";

    /// <summary>An older program does not read a newer format.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The folder's name: when the save began, and the end of the run's id. IDs sort by time.</summary>
    public required string Id { get; init; }

    /// <summary>The installation's name: a save of another installation is not restored.</summary>
    public required string Installation { get; init; }

    public required Guid RunId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>The machine and process that took it.</summary>
    public required string Host { get; init; }

    /// <summary>Whether it was taken before an upgrade, which may need it until the upgrade is finished.</summary>
    public required bool BeforeUpgrade { get; init; }

    public required IReadOnlyList<SavedTarget> Targets { get; init; }

    public required IReadOnlyList<SavedArchive> Archives { get; init; }

    public long Bytes => Archives.Sum(archive => archive.Files.Sum(file => file.Bytes));
}

/// <summary>One target, as it was saved.</summary>
/// <param name="Archive">The name of the archive that holds it.</param>
/// <param name="Versions">Its version by component; the product's name is empty. Empty if it had no journal.</param>
public sealed record SavedTarget(
    Scope Scope, string Name, string Server, string DatabaseName, string Schema, string Archive,
    IReadOnlyDictionary<string, string> Versions)
{
    /// <summary>Whether the whole database was saved, which is this instance's own, and not the schema alone.</summary>
    public bool WholeDatabase { get; init; }

    /// <summary>
    /// For a save before an upgrade: the last version of each component to which the run was to take the target. Until the journal has it,
    /// the run is not finished, and the save is kept.
    /// </summary>
    public IReadOnlyDictionary<string, string> Goals { get; init; } = new Dictionary<string, string>();

    /// <summary>Other saved schemas of its database on which its own depends, such as by foreign keys. Older versions: none.</summary>
    public IReadOnlyList<string> RestsOn { get; init; } = [];

    /// <summary>Extensions that its schema uses. They are not saved with a schema.</summary>
    public IReadOnlyList<SavedExtension> Extensions { get; init; } = [];

    public override string ToString() => Scope == Scope.Installation ? "installation" : Name;
}

/// <param name="Schema">The schema of its objects.</param>
public sealed record SavedExtension(string Name, string Schema, string Version);

/// <summary>One call of pg_dump: a whole database, or some of its schemas.</summary>
/// <param name="Name">The file, or for the directory format the directory, in the save's folder.</param>
/// <param name="ServerVersion">As the server reports it: <c>15.18</c>.</param>
/// <param name="ToolVersion">As pg_dump reports it.</param>
/// <param name="Files">One for the custom format; paths are relative to the save's folder.</param>
public sealed record SavedArchive(string Name, string ServerVersion, string ToolVersion, IReadOnlyList<SavedFile> Files)
{
    /// <summary>The file that is its <see cref="PluginUpgrade.Saves.Inventory"/>; older versions wrote none.</summary>
    public string? Inventory { get; init; }
}

/// <param name="Sha256">In hexadecimal digits, lower case.</param>
public sealed record SavedFile(string Path, long Bytes, string Sha256);
