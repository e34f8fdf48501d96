using Npgsql;

namespace PluginUpgrade.Journals;

/// <summary>
/// One schema's journal: the only code that writes the table. The commit protocol rests on two statements, <see cref="Claim"/> first
/// and <see cref="Seal"/> last in the step's own transaction.
/// </summary>
/// <param name="limit">
/// After how long without an answer the connection counts as dead. COMMIT has no limit: it may have to wait for standbys.
/// </param>
public sealed partial class Journal(string schema, TimeSpan limit)
{
    public const string TableName = "krang_upgrade_journal";
    public const string Format = "krang-upgrade journal, format 1";

    private readonly int _seconds = Postgres.Sql.Seconds(limit);
    private readonly string _table = Table(schema);

    /// <summary>The table's name, quoted, with its schema.</summary>
    public static string Table(string schema) => $"{PostgresName.Quote(schema)}.{TableName}";

    /// <summary>
    /// Makes the table where it is missing. To be called with the target's lock held; another target in the same schema may still be making
    /// it at this moment, which is no failure (PostgreSQL's IF NOT EXISTS does not guard against that).
    /// </summary>
    public async Task CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand(CreateSql(), connection) { CommandTimeout = _seconds };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable
            or PostgresErrorCodes.DuplicateObject)
        {
        }
    }

    private string CreateSql() => $"""
        BEGIN;
        CREATE TABLE IF NOT EXISTS {_table} (
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
        COMMENT ON TABLE {_table} IS '{Format}';
        COMMIT
        """;

    /// <summary>
    /// Writes the step's row as running, in the open transaction, where there is none of it: what nearly every step needs, and half the
    /// server's work of <see cref="Claim"/>.
    /// </summary>
    /// <returns>The transaction's id; nothing where the journal has a row of the step.</returns>
    public NpgsqlBatchCommand ClaimFirst(UpgradeStep step, Guid run) => Command($"""
        {Insert} ON CONFLICT DO NOTHING RETURNING pg_current_xact_id()::text
        """, Facts(step, run));

    /// <summary>The same over a row of an earlier try. What it said is kept in <c>earlier</c>, the last hundred.</summary>
    /// <returns>The transaction's id; nothing where the journal has the step as done already (or as running: torn).</returns>
    public NpgsqlBatchCommand Claim(UpgradeStep step, Guid run) => Command($"""
        {Insert}
        ON CONFLICT (scope, component, version_key) DO UPDATE SET
          version = excluded.version, module = excluded.module, sha256 = excluded.sha256, state = 'running', started_at = clock_timestamp(),
          finished_at = NULL, run_id = excluded.run_id, host = excluded.host, by_hand = excluded.by_hand, note = excluded.note,
          error = NULL, xid = excluded.xid, earlier = {Earlier},
          cursors = CASE WHEN j.state IN ('done', 'baseline') THEN jsonb_build_object() ELSE j.cursors END
        WHERE j.state = 'failed' OR j.state = ANY ($10)
        RETURNING pg_current_xact_id()::text
        """, [.. Facts(step, run), Replaceable(step)]);

    private string Insert => $"""
        INSERT INTO {_table} AS j (scope, component, version, module, sha256, state, run_id, host, by_hand, note, xid)
        VALUES ($1, $2, $3, $4, $5, '{(SeededFault.Is("seal first") ? "done" : "running")}', $6, $7, $8, $9, pg_current_xact_id())
        """;

    /// <summary>
    /// Writes the row as done, last in the step's transaction. Where the module has ended that, the division by zero, which the server
    /// comes to before any row, keeps what follows in the same round trip, COMMIT most of all, from being reached. Where a statement failed
    /// and the module went on, the transaction is aborted and the server refuses this (25P02), which COMMIT alone would not tell.
    /// </summary>
    /// <param name="transaction">The id of the step's transaction, as its claim told it.</param>
    /// <returns>It must have changed a row.</returns>
    public NpgsqlBatchCommand Seal(UpgradeStep step, string transaction) => Command($"""
        UPDATE {_table} SET state = $4, finished_at = {Now}
        WHERE scope = $1 AND component = $2 AND version_key = $3 AND state = 'running' AND 1 / {IsClaimedHere}::int = 1
        RETURNING {Durable}
        """, [.. Key(step), step.Entry.IsBaseline ? "baseline" : "done", transaction]);

    /// <summary>Whether the open transaction still is the one that claimed the step: a module may have ended that.</summary>
    public async Task<bool> IsClaimedHereAsync(NpgsqlConnection connection, UpgradeStep step, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"""
            SELECT 1 FROM {_table}
            WHERE scope = $1 AND component = $2 AND version_key = $3 AND state = 'running' AND xid = pg_current_xact_id()
            """, connection) { CommandTimeout = _seconds };
        foreach (var value in Key(step)) query.Parameters.Add(new NpgsqlParameter { Value = value });
        return await query.ExecuteScalarAsync(cancellationToken) is 1;
    }

    /// <summary>
    /// Records a failed try, after it was rolled back, in a transaction of its own. A row that says done keeps saying so; and so does one
    /// that says running: it can be seen, so the module has committed it, and with it a part of the step. (That of a step
    /// outside a transaction is its intent, and ends here.)
    /// </summary>
    /// <returns>Whether the step is torn.</returns>
    public Task<bool> RecordFailureAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, string error, CancellationToken cancellationToken) =>
        RecordAsync(connection, step, run, "failed", error, cancellationToken);

    /// <summary>
    /// Records that the step is torn: the module ended the step's transaction itself, so that it is not known what of it was kept.
    /// </summary>
    public Task RecordTornAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, string error, CancellationToken cancellationToken) =>
        RecordAsync(connection, step, run, "running", error, cancellationToken);

    private async Task<bool> RecordAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, string state, string error, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Command($"""
            INSERT INTO {_table} AS j (scope, component, version, module, sha256, state, finished_at, run_id, host, by_hand, note, error)
            VALUES ($1, $2, $3, $4, $5, $10, clock_timestamp(), $6, $7, $8, $9, $11)
            ON CONFLICT (scope, component, version_key) DO UPDATE SET
              state = CASE WHEN j.state = 'running' AND NOT $12 THEN 'running' ELSE excluded.state END,
              started_at = clock_timestamp(), finished_at = clock_timestamp(), run_id = excluded.run_id,
              host = excluded.host, by_hand = excluded.by_hand, module = excluded.module, sha256 = excluded.sha256,
              version = excluded.version, note = excluded.note, error = excluded.error,
              earlier = CASE WHEN j.state = 'running' THEN j.earlier ELSE {Earlier} END
            WHERE j.state IN ('failed', 'running')
            RETURNING state = 'running'
            """, [.. Facts(step, run), state, error, !step.Action.IsTransactional]));
        return await batch.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>What the journal says of the step now; null where it has no row.</summary>
    public Task<(StepState State, Guid? Run)?> ReadAsync(
        NpgsqlConnection connection, UpgradeStep step, CancellationToken cancellationToken) =>
        ReadAsync(connection, step.Target.Scope, step.Component, step.Version, cancellationToken);

    public async Task<(StepState State, Guid? Run)?> ReadAsync(
        NpgsqlConnection connection, Scope scope, string component, UpgradeVersion version, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(
            $"SELECT state, run_id FROM {_table} WHERE scope = $1 AND component = ANY ($2) AND version_key = $3", connection)
        {
            CommandTimeout = _seconds,
        };
        object[] key = [JournalText.Of(scope), HostComponents.Written(component), version.Key];
        foreach (var value in key) query.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return (JournalText.State(reader.GetString(0)), reader.IsDBNull(1) ? null : reader.GetGuid(1));
    }

    /// <summary>Gives rows of earlier releases today's name of the step's component, in the open transaction.</summary>
    public NpgsqlBatchCommand RenameFormer(UpgradeStep step, string former) => Command($"""
        UPDATE {_table} AS j SET component = $2 WHERE scope = $1 AND component = $3
          AND NOT EXISTS (SELECT FROM {_table} AS n WHERE n.scope = $1 AND n.component = $2 AND n.version_key = j.version_key)
        """, [JournalText.Of(step.Target.Scope), step.Component, former]);

    /// <summary>Removes the baselines declared before, in the open transaction.</summary>
    public NpgsqlBatchCommand RemoveBaselines(UpgradeStep step) => Command(
        $"DELETE FROM {_table} WHERE scope = $1 AND component = $2 AND state = 'baseline' AND version_key <> $3", Key(step));

    /// <summary>Removes what keeps a target from being tried again: rows of failed and torn steps.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> ResetAsync(NpgsqlConnection connection, Scope scope, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"DELETE FROM {_table} WHERE scope = $1 AND state IN ('failed', 'running')", connection)
        {
            Parameters = { new() { Value = JournalText.Of(scope) } },
            CommandTimeout = _seconds,
        };
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// What was reported as done stays done when the server crashes, whatever its defaults or a module say: the step's files, which are
    /// final with it, could not be brought back. Stronger settings stay as they are.
    /// </summary>
    private const string Durable = """
        CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END
        """;

    private static string Now => SeededFault.Is("client's clock") ? "now() + interval '1 day'" : "clock_timestamp()";

    private static string IsClaimedHere =>
        SeededFault.Is("seal without a guard") || SeededFault.Is("journal in a second transaction")
            ? "($5 = $5)" : "(pg_current_xact_id() = $5::text::xid8)";

    private const string Earlier = """
        (SELECT coalesce(jsonb_agg(e ORDER BY i), '[]') FROM (
           SELECT e, i FROM jsonb_array_elements(j.earlier || jsonb_build_object(
             'version', j.version, 'module', j.module, 'sha256', j.sha256, 'state', j.state, 'started_at', j.started_at,
             'finished_at', j.finished_at, 'run_id', j.run_id, 'host', j.host, 'by_hand', j.by_hand, 'note', j.note, 'error', j.error))
             WITH ORDINALITY AS o(e, i) ORDER BY i DESC LIMIT 100) kept)
        """;

    /// <summary>States that the step may write over, besides failed.</summary>
    private static string[] Replaceable(UpgradeStep step) =>
    [
        .. step.Entry.Again ? ["done", "baseline"] : step.Entry.IsBaseline ? ["baseline"] : Array.Empty<string>(),
        .. !step.Action.IsTransactional ? ["running"] : Array.Empty<string>(),
    ];

    private static object[] Key(UpgradeStep step) => [JournalText.Of(step.Target.Scope), step.Component, step.Version.Key];

    private static object[] Facts(UpgradeStep step, Guid run) =>
    [
        JournalText.Of(step.Target.Scope), step.Component, step.Version.Text, step.Entry.Module, step.Entry.Sha256,
        run, Environment.MachineName, step.Entry.ByHand, step.Entry.Note,
    ];

    private static NpgsqlBatchCommand Command(string sql, object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
