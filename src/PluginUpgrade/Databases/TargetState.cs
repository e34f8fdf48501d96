using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>What was read about one target, in one reading of its database.</summary>
public sealed record TargetState
{
    public required Target Target { get; init; }

    /// <summary>Why nothing could be read; then all else here means nothing.</summary>
    public Problem? Unreachable { get; init; }

    /// <summary>The database does not exist.</summary>
    public bool DatabaseMissing { get; init; }

    public bool SchemaMissing { get; init; }

    /// <summary>Which cluster, database and schema this really is, whatever names lead to it.</summary>
    public string Identity { get; init; } = "";

    /// <summary>Of PostgreSQL; null where the database was not reached.</summary>
    public Version? Server { get; init; }

    /// <summary>A standby, or set to read-only transactions.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The server's process that answered.</summary>
    public int BackendPid { get; init; }

    public SessionOwner SessionOwner { get; init; }

    /// <summary>Whether the role may create objects in the schema.</summary>
    public bool MayCreate { get; init; } = true;

    /// <summary>No tables and views but the journal, not counting those of extensions.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>The journal's comment; null where the schema has no journal.</summary>
    public string? JournalFormat { get; init; }

    public bool HasJournal => JournalFormat is not null;

    public IReadOnlyList<JournalRow> Rows { get; init; } = [];

    /// <summary>Versions in the journal that are none.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>Rows of the journal that cannot be understood otherwise, as sentences' beginnings.</summary>
    public IReadOnlyList<string> BadRows { get; init; } = [];

    /// <summary>What keeps the table that is named like a journal from being one.</summary>
    public IReadOnlyList<JournalFault> JournalFaults { get; init; } = [];

    /// <summary>A journal that may be read, and that says what it means.</summary>
    public bool IsJournalSound => Unreadable.Count == 0 && BadRows.Count == 0
        && JournalFaults.All(fault => fault.Kind is JournalFaultKind.Write);

    public LockHolder? Holder { get; init; }

    /// <summary>What else lies in its database; null where that was not asked for, or the database not reached.</summary>
    public DatabaseContents? Contents { get; init; }

    /// <summary>The product's version there; 0 where there is nothing yet, null where nobody can say.</summary>
    public UpgradeVersion? ProductVersion(IReadOnlyList<UpgradeModule> modules)
    {
        if (Unreachable is not null || Unreadable.Count > 0) return null;
        if (HasJournal && JournalFormat != Journal.Format) return null;
        return CurrentVersion.Of(Target.Scope, Rows, "", modules).Version ?? (IsEmpty ? UpgradeVersion.Zero : null);
    }
}
