namespace PluginUpgrade.Saves;

/// <summary>What a save holds: the file <c>manifest.json</c> in its folder, written last but for the folder's own name.</summary>
public sealed record SaveManifest
{
    public const int CurrentFormat = 1;
    public const string FileName = "manifest.json";

    /// <summary>A newer one is not read by an older program.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The folder's name: when it was begun, and the end of the run's id. In the order of time.</summary>
    public required string Id { get; init; }

    /// <summary>The installation's name: a save of another one is not restored.</summary>
    public required string Installation { get; init; }

    public required Guid RunId { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    /// <summary>The machine and process that took it.</summary>
    public required string Host { get; init; }

    /// <summary>Whether it was taken before an upgrade, which may need it until it is finished.</summary>
    public required bool BeforeUpgrade { get; init; }

    public required IReadOnlyList<SavedTarget> Targets { get; init; }

    public required IReadOnlyList<SavedArchive> Archives { get; init; }

    public long Bytes => Archives.Sum(archive => archive.Files.Sum(file => file.Bytes));
}

/// <summary>One target, as it was.</summary>
/// <param name="Archive">The name of the archive that holds it.</param>
/// <param name="Versions">Where it stood, by component; the product's is the empty name. Nothing where it had no journal.</param>
public sealed record SavedTarget(
    Scope Scope, string Name, string Server, string DatabaseName, string Schema, string Archive,
    IReadOnlyDictionary<string, string> Versions)
{
    /// <summary>The whole database was saved, and not the schema alone: it is this instance's own.</summary>
    public bool WholeDatabase { get; init; }

    /// <summary>
    /// Of a save before an upgrade: the last version of each component that the run was to take the target to. While the journal does not
    /// have it, the run is not finished, and the save is kept.
    /// </summary>
    public IReadOnlyDictionary<string, string> Goals { get; init; } = new Dictionary<string, string>();

    /// <summary>Other saved schemas of its database that its own rests on, as by foreign keys; older programs noted none.</summary>
    public IReadOnlyList<string> RestsOn { get; init; } = [];

    /// <summary>Extensions that its schema uses. They are not saved with a schema.</summary>
    public IReadOnlyList<SavedExtension> Extensions { get; init; } = [];

    public override string ToString() => Scope == Scope.Installation ? "installation" : Name;
}

/// <param name="Schema">Where its objects lie.</param>
public sealed record SavedExtension(string Name, string Schema, string Version);

/// <summary>One call of pg_dump: of a whole database, or of some schemas of one.</summary>
/// <param name="Name">The file, or for the directory format the directory, in the save's folder.</param>
/// <param name="ServerVersion">As the server says it: <c>15.18</c>.</param>
/// <param name="ToolVersion">As pg_dump says it.</param>
/// <param name="Files">One for the custom format; paths are from the save's folder.</param>
public sealed record SavedArchive(string Name, string ServerVersion, string ToolVersion, IReadOnlyList<SavedFile> Files)
{
    /// <summary>Which of the files is its <see cref="PluginUpgrade.Saves.Inventory"/>; older programs wrote none.</summary>
    public string? Inventory { get; init; }
}

/// <param name="Sha256">In hexadecimal digits, small letters.</param>
public sealed record SavedFile(string Path, long Bytes, string Sha256);
