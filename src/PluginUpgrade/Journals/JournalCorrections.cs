using Npgsql;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Journals;

/// <summary>Statements that remove rows, or correct what earlier releases wrote.</summary>
public sealed partial class Journal
{
    /// <summary>Restores the expression of the generated key, which corrects the keys of all rows.</summary>
    public async Task MendKeyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string[] statements =
        [
            "BEGIN", $"ALTER TABLE {_table} DROP COLUMN version_key",
            $"ALTER TABLE {_table} ADD COLUMN version_key text NOT NULL GENERATED ALWAYS AS ({JournalShape.KeyOf}) STORED",
            $"ALTER TABLE {_table} ADD PRIMARY KEY (scope, component, version_key)", "COMMIT",
        ];
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        foreach (var statement in statements) batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Renames the step's component in rows of earlier releases, in the open transaction.</summary>
    public NpgsqlBatchCommand RenameFormer(UpgradeStep step, string former) => Command($"""
        UPDATE {_table} AS j SET component = $2 WHERE scope = $1 AND component = $3
          AND NOT EXISTS (SELECT FROM {_table} AS n WHERE n.scope = $1 AND n.component = $2 AND n.version_key = j.version_key)
        """, [JournalText.Of(step.Target.Scope), step.Component, former]);

    /// <summary>Removes earlier declared baselines, in the open transaction.</summary>
    public NpgsqlBatchCommand RemoveBaselines(UpgradeStep step) => Command(
        $"DELETE FROM {_table} WHERE scope = $1 AND component = $2 AND state = 'baseline' AND version_key <> $3", Key(step));

    /// <summary>Removes rows that only record a version, for the versions that the step names, in the open transaction.</summary>
    public NpgsqlBatchCommand RemoveRecords(UpgradeStep step) => Command($"""
        DELETE FROM {_table} AS j WHERE scope = $1 AND component = $2 AND version_key = ANY ($3)
          AND {IsReached("j")}
        """, [JournalText.Of(step.Target.Scope), step.Component, step.Entry.RemovesRecords.Select(version => version.Key).ToArray()]);

    /// <summary>
    /// Records in the open transaction that a step was undone: in a journal that is older than the step. The step becomes pending again.
    /// </summary>
    /// <param name="undone">The step's row in the journal of the time when it was done.</param>
    /// <returns>Whether the row was written: a trigger may have discarded it.</returns>
    public async Task<bool> RecordUndoneAsync(
        NpgsqlConnection connection, JournalRow undone, Guid run, string error, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Command($"""
            INSERT INTO {_table} AS j (scope, component, version, module, sha256, state, finished_at, run_id, host, error)
            VALUES ($1, $2, $3, $4, $5, 'failed', pg_catalog.clock_timestamp(), $6, $7, $8)
            ON CONFLICT (scope, component, version_key) DO UPDATE SET
              state = 'failed', started_at = pg_catalog.clock_timestamp(), finished_at = pg_catalog.clock_timestamp(),
              run_id = excluded.run_id, host = excluded.host, module = excluded.module, sha256 = excluded.sha256,
              version = excluded.version, error = excluded.error, earlier = {Earlier}
            WHERE j.state IN ('failed', 'running')
            RETURNING state = 'failed'
            """,
            [
                JournalText.Of(undone.Scope), undone.Component, undone.Version.Text, undone.Module, undone.Sha256, run,
                JournalText.WhoAndWhere(Operator.Name, Environment.MachineName), Postgres.FailureText.Whole(error),
            ]));
        return await batch.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>
    /// Removes the rows that keep a target from being tried again: those of failed and torn steps. Where a part of the declared changes is
    /// committed, the row stays: without it, the module would run again.
    /// </summary>
    /// <returns>The number of removed rows.</returns>
    public async Task<int> ResetAsync(NpgsqlConnection connection, Scope scope, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            DELETE FROM {_table} WHERE scope = $1 AND state IN ('failed', 'running')
              AND NOT pg_catalog.starts_with(note, '{SliceNote.ExpandedWords}')
            """, connection)
        {
            Parameters = { new() { Value = JournalText.Of(scope) } },
            CommandTimeout = _seconds,
        };
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
