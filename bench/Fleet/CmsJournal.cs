namespace PluginUpgrade.Bench;

/// <summary>
/// The host's journal, for those who keep it by hand: a copy of what src/PluginUpgrade/Journals/Journal.cs makes. The benchmark compares
/// the two as they are in the databases, so that the copy cannot stay behind.
/// </summary>
internal static class CmsJournal
{
    public const string Table = """
        CREATE TABLE IF NOT EXISTS krang_upgrade_journal (
          scope text NOT NULL CHECK (scope IN ('installation', 'instance')),
          component text NOT NULL DEFAULT '',
          version text NOT NULL,
          version_key text NOT NULL GENERATED ALWAYS AS
            (regexp_replace(regexp_replace(version, '(^|\.)0+(?=\d)', '\1', 'g'), '(\.0+)+$', '')) STORED,
          module text NOT NULL DEFAULT '',
          sha256 text NOT NULL DEFAULT '',
          state text NOT NULL CHECK (state IN ('baseline', 'running', 'failed', 'done')),
          started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
          finished_at timestamptz,
          run_id uuid,
          host text NOT NULL DEFAULT '',
          by_hand boolean NOT NULL DEFAULT false,
          note text NOT NULL DEFAULT '',
          error text,
          xid xid8,
          cursors jsonb NOT NULL DEFAULT jsonb_build_object(),
          earlier jsonb NOT NULL DEFAULT '[]',
          PRIMARY KEY (scope, component, version_key));
        """;

    /// <summary>A step's row. Parameters: version, module, SHA-256, run, host.</summary>
    public const string Row = """
        INSERT INTO krang_upgrade_journal (scope, version, module, sha256, state, finished_at, run_id, host, xid)
        VALUES ('instance', $1, $2, $3, 'done', clock_timestamp(), $4, $5, pg_current_xact_id())
        """;

    /// <summary>As long as a real one.</summary>
    public static string Sha256(CmsStep step) => step.Number.PadLeft(64, '0');

    /// <summary>The same without parameters, for psql.</summary>
    public static string RowText(CmsStep step, Guid run) => Row
        .Replace("$1", $"'{step.Version}'").Replace("$2", $"'{step.Module}'").Replace("$3", $"'{Sha256(step)}'")
        .Replace("$4", $"'{run}'").Replace("$5", $"'{Environment.MachineName}'") + ";";
}
