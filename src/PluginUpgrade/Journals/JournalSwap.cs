using Npgsql;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Journals;

/// <summary>The journal of a schema that becomes live.</summary>
public sealed partial class Journal
{
    private const string CopiedColumns =
        "scope, component, version, module, sha256, state, started_at, finished_at, run_id, host, by_hand, note, error, xid, cursors, earlier";

    /// <summary>Copies all rows of the schema that was live, except the step's own: earlier tries of it.</summary>
    /// <param name="former">The schema that was live.</param>
    public NpgsqlBatchCommand CopyFrom(string former, UpgradeStep step) => Command($"""
        INSERT INTO {_table} ({CopiedColumns}) SELECT {CopiedColumns} FROM {Table(former)}
        WHERE NOT (scope = $1 AND component = $2 AND version_key = $3)
        """, Key(step));
}
