using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>What was read about one target, at one time.</summary>
public sealed record TargetState
{
    public required Target Target { get; init; }

    /// <summary>Why nothing could be read; all other properties are then meaningless.</summary>
    public Problem? Unreachable { get; init; }

    /// <summary>Whether the database does not exist.</summary>
    public bool DatabaseMissing { get; init; }

    public bool SchemaMissing { get; init; }

    /// <summary>The cluster, database and schema, by their identifiers: equal for all names that lead to them.</summary>
    public string Identity { get; init; } = "";

    /// <summary>PostgreSQL's version; null where the database was not reached.</summary>
    public Version? Server { get; init; }

    /// <summary>Whether the server accepts no writes: a standby, or default_transaction_read_only is on.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The backend that answered.</summary>
    public int BackendPid { get; init; }

    public SessionOwner SessionOwner { get; init; }

    /// <summary>Whether the role may create objects in the schema.</summary>
    public bool MayCreate { get; init; } = true;

    /// <summary>
    /// Whether the schema holds no tables and views of unknown version: none except the journal, those of extensions, and those of another
    /// target in it that was upgraded from an empty schema.
    /// </summary>
    public bool IsEmpty { get; init; }

    /// <summary>
    /// What lies beside its schema after a side-by-side upgrade, or during one; not read together with journals alone. For a target with a
    /// database of its own: nothing yet.
    /// </summary>
    public IReadOnlyList<KeptSchema> Kept { get; init; } = [];

    /// <summary>The comment of the journal's table; null where the schema has no journal.</summary>
    public string? JournalFormat { get; init; }

    public bool HasJournal => JournalFormat is not null;

    public IReadOnlyList<JournalRow> Rows { get; init; } = [];

    /// <summary>Values of the journal's column <c>version</c> that are not versions.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>Other rows of the journal that are not valid, as the beginnings of sentences.</summary>
    public IReadOnlyList<string> BadRows { get; init; } = [];

    /// <summary>Why the table with the journal's name cannot be used as one.</summary>
    public IReadOnlyList<JournalFault> JournalFaults { get; init; } = [];

    /// <summary>Whether the journal can be read and every row is valid.</summary>
    public bool IsJournalSound => Unreadable.Count == 0 && BadRows.Count == 0
        && JournalFaults.All(fault => fault.Kind is JournalFaultKind.Write);

    public LockHolder? Holder { get; init; }

    /// <summary>The contents of its database; null where they were not read.</summary>
    public DatabaseContents? Contents { get; init; }

    /// <summary>The product's version; 0 where the target is empty, null where it is unknown.</summary>
    public UpgradeVersion? ProductVersion(IReadOnlyList<UpgradeModule> modules)
    {
        if (Unreachable is not null || Unreadable.Count > 0) return null;
        if (HasJournal && JournalFormat != Journal.Format) return null;
        return CurrentVersion.Of(Target.Scope, Rows, "", modules).Version ?? (IsEmpty ? UpgradeVersion.Zero : null);
    }
}
