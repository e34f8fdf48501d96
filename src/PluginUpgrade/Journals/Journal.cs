using Npgsql;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Journals;

/// <summary>
/// One schema's journal: the only code that writes the table. The commit protocol rests on two statements in the step's own transaction:
/// <see cref="Claim"/> is the first, <see cref="Seal(UpgradeStep, string)"/> the last.
/// </summary>
/// <param name="limit">
/// How long the connection may give no answer before it counts as dead. COMMIT has no limit: it may have to wait for standbys.
/// </param>
public sealed partial class Journal(string schema, TimeSpan limit)
{
    public const string TableName = "krang_upgrade_journal";
    public const string Format = "krang-upgrade journal, format 1";

    public string Schema => schema;

    private readonly int _seconds = Postgres.Sql.Seconds(limit);
    private readonly string _table = Table(schema);

    /// <summary>The table's quoted name, with its schema.</summary>
    public static string Table(string schema) => $"{PostgresName.Quote(schema)}.{TableName}";

    /// <summary>
    /// Creates the table if it is missing, and checks the result: an event trigger may have changed it. The caller holds the target's lock.
    /// Another target in the same schema may be creating the table at the same time; that race, which IF NOT EXISTS does not prevent, is no
    /// failure.
    /// </summary>
    /// <exception cref="UpgradeException">
    /// The table that was created or existed is not a journal: what was created is rolled back.
    /// </exception>
    public async Task CreateAsync(NpgsqlConnection connection, Target target, CancellationToken cancellationToken)
    {
        // A table that this transaction created nearly always needs no further check.
        if (await TryCreateAsync(connection, Command(JournalShape.DemandMadeHere, [_table]), cancellationToken) is null) return;
        var noFaults = Command(JournalShape.DemandNoFaults, [Postgres.Sql.Array([schema]), TableName, .. JournalShape.KeyParts]);
        if (await TryCreateAsync(connection, noFaults, cancellationToken) is { } unsound)
            throw new UpgradeException(JournalProblem.NotAsMade(target), unsound);
    }

    /// <returns>The error of the demand; null where the table exists and meets it.</returns>
    private async Task<PostgresException?> TryCreateAsync(
        NpgsqlConnection connection, NpgsqlBatchCommand demand, CancellationToken cancellationToken)
    {
        try
        {
            await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
            foreach (var statement in CreateSql()) batch.BatchCommands.Add(new NpgsqlBatchCommand(statement));
            batch.BatchCommands.Add(demand);
            batch.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
            await batch.ExecuteNonQueryAsync(cancellationToken);
            return null;
        }
        catch (PostgresException e) when (connection.State == System.Data.ConnectionState.Open)
        {
            // The failed transaction is still open, and rejects everything else.
            await Postgres.Sql.ExecuteAsync(connection, "ROLLBACK", cancellationToken);
            if (Postgres.SqlErrors.IsCatalogueRace(e)) return null;
            if (e.SqlState != PostgresErrorCodes.DivisionByZero) throw;
            return e;
        }
    }

    private IEnumerable<string> CreateSql() =>
    [
        "BEGIN",
        "SET LOCAL default_tablespace = ''",
        "SET LOCAL default_table_access_method = heap",
        $"""
        CREATE TABLE IF NOT EXISTS {_table} (
          scope text NOT NULL CHECK (scope IN ('installation', 'instance')),
          component text NOT NULL DEFAULT '',
          version text NOT NULL,
          version_key text NOT NULL GENERATED ALWAYS AS ({JournalShape.KeyOf}) STORED,
          module text NOT NULL DEFAULT '',
          sha256 text NOT NULL DEFAULT '',
          state text NOT NULL CHECK (state IN ('baseline', 'running', 'failed', 'done')),
          started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
          finished_at timestamptz,
          run_id uuid,
          host text NOT NULL DEFAULT '',
          by_hand boolean NOT NULL DEFAULT false,
          note text NOT NULL DEFAULT '',
          error text,
          xid xid8,
          cursors jsonb NOT NULL DEFAULT pg_catalog.jsonb_build_object(),
          earlier jsonb NOT NULL DEFAULT '[]',
          PRIMARY KEY (scope, component, version_key))
        """,
        $"COMMENT ON TABLE {_table} IS '{Format}'",
    ];

    /// <summary>
    /// Inserts the step's row as running, in the open transaction, if it has none. Nearly every step needs only this, and it costs the
    /// server half of <see cref="Claim"/>.
    /// </summary>
    /// <returns>The transaction's id; no row where the journal already has a row of the step.</returns>
    public NpgsqlBatchCommand ClaimFirst(UpgradeStep step, Guid run) => Command($"""
        {Insert} ON CONFLICT DO NOTHING RETURNING {Claimed}
        """, StepValues(step, run));

    /// <summary>
    /// The same where an earlier try may have left a row. What that said is kept in <c>earlier</c>: the last hundred tries.
    /// </summary>
    /// <returns>The transaction's id; no row where the journal has the step as done (or as running: torn).</returns>
    public NpgsqlBatchCommand Claim(UpgradeStep step, Guid run) => Command($"""
        {Insert}
        ON CONFLICT (scope, component, version_key) DO UPDATE SET
          version = excluded.version, module = excluded.module, sha256 = excluded.sha256, state = 'running',
          started_at = pg_catalog.clock_timestamp(), finished_at = NULL, run_id = excluded.run_id, host = excluded.host,
          by_hand = excluded.by_hand, note = excluded.note,
          error = NULL, xid = excluded.xid, earlier = {Earlier},
          cursors = CASE WHEN j.state IN ('done', 'baseline') THEN pg_catalog.jsonb_build_object() ELSE j.cursors END
        WHERE j.state = 'failed' OR j.state = ANY ($10) OR $11 AND {IsReached("j")}
        RETURNING {Claimed}
        """, [.. StepValues(step, run), Replaceable(step), !step.Entry.IsBaseline]);

    /// <summary>A trigger on the table may have written another row than requested, or none.</summary>
    private const string Claimed = """
        CASE WHEN j.xid = pg_catalog.pg_current_xact_id() AND j.state = 'running'
          THEN j.xid::text END
        """;

    private string Insert => $"""
        INSERT INTO {_table} AS j (scope, component, version, module, sha256, state, run_id, host, by_hand, note, xid)
        VALUES ($1, $2, $3, $4, $5, 'running', $6, $7, $8, $9,
                pg_catalog.pg_current_xact_id())
        """;

    /// <summary>
    /// Marks the row as done: the last statement of the step's transaction. If the module ended the transaction, or if no row is done
    /// afterwards (a trigger may have discarded the update), a division by zero makes the rest of the round trip fail, above all COMMIT. If
    /// a statement failed and the module continued, the transaction is aborted and the server rejects this statement (25P02); COMMIT alone
    /// would roll back without an error.
    /// </summary>
    /// <param name="transaction">The id of the step's transaction, as the claim returned it.</param>
    public NpgsqlBatchCommand Seal(UpgradeStep step, string transaction) =>
        Seal(step, step.Entry.IsBaseline ? "baseline" : "done", "finished_at = pg_catalog.clock_timestamp()", transaction);

    private NpgsqlBatchCommand Seal(UpgradeStep step, string state, string sets, string transaction, params object[] more) => Command($"""
        WITH sealed AS (
          UPDATE {_table} SET state = $4, {sets}
          WHERE scope = $1 AND component = $2 AND version_key = $3 AND state = 'running'
            AND 1 / (pg_catalog.pg_current_xact_id() = $5::text::xid8)::int = 1
          RETURNING state, {Durable})
        SELECT 1 / pg_catalog.count(*) FILTER (WHERE state = $4) FROM sealed
        """, [.. Key(step), state, transaction, .. more]);

    /// <summary>Whether the open transaction is still the one that claimed the step: a module may have ended it.</summary>
    public async Task<bool> IsClaimedHereAsync(NpgsqlConnection connection, UpgradeStep step, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand($"""
            SELECT 1 FROM {_table}
            WHERE scope = $1 AND component = $2 AND version_key = $3 AND state = 'running' AND xid = pg_catalog.pg_current_xact_id()
            """, connection) { CommandTimeout = _seconds };
        foreach (var value in Key(step)) query.Parameters.Add(new NpgsqlParameter { Value = value });
        return await query.ExecuteScalarAsync(cancellationToken) is 1;
    }

    /// <summary>
    /// Records a failed try in a transaction of its own, after the step was rolled back. A row that is done stays done. A row that is
    /// running stays running: it is visible, so the module has committed it, with a part of the step. (For a step outside a transaction,
    /// the running row is its intent, and becomes failed.)
    /// </summary>
    /// <returns>Whether the step is torn; null where no row was written.</returns>
    public Task<bool?> RecordFailureAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, string error, CancellationToken cancellationToken) =>
        RecordAsync(connection, step, run, "failed", error, cancellationToken);

    /// <summary>
    /// Records that the step is torn: the module itself ended the step's transaction, so it is unknown which of its changes were kept.
    /// </summary>
    public Task RecordTornAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, string error, CancellationToken cancellationToken) =>
        RecordAsync(connection, step, run, "running", error, cancellationToken);

    private async Task<bool?> RecordAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, string state, string error, CancellationToken cancellationToken)
    {
        error = Postgres.FailureText.Whole(error);
        try
        {
            return await WriteAsync(connection, step, run, state, error, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UntranslatableCharacter
            or PostgresErrorCodes.CharacterNotInRepertoire)
        {
            // The database's encoding does not have all of the text's characters.
            return await WriteAsync(connection, step, run, state, Postgres.FailureText.Ascii(error), cancellationToken);
        }
    }

    private async Task<bool?> WriteAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, string state, string error, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Command($"""
            INSERT INTO {_table} AS j (scope, component, version, module, sha256, state, finished_at, run_id, host, by_hand, note, error)
            VALUES ($1, $2, $3, $4, $5, $10, pg_catalog.clock_timestamp(), $6, $7, $8, $9, $11)
            ON CONFLICT (scope, component, version_key) DO UPDATE SET
              state = CASE WHEN j.state = 'running' AND NOT $12 THEN 'running' ELSE excluded.state END,
              started_at = pg_catalog.clock_timestamp(), finished_at = pg_catalog.clock_timestamp(), run_id = excluded.run_id,
              host = excluded.host, by_hand = excluded.by_hand, module = excluded.module, sha256 = excluded.sha256,
              version = excluded.version, error = excluded.error,
              note = CASE WHEN pg_catalog.starts_with(j.note, '{SliceNote.ExpandedWords}') THEN j.note ELSE excluded.note END,
              earlier = CASE WHEN j.state = 'running' THEN j.earlier ELSE {Earlier} END
            WHERE j.state IN ('failed', 'running')
            RETURNING state = 'running'
            """, [.. StepValues(step, run), state, error, !step.Action.IsTransactional]));
        return await batch.ExecuteScalarAsync(cancellationToken) as bool?;
    }

    /// <summary>The step's state in the journal; null where it has no row.</summary>
    public Task<(StepState State, Guid? Run, bool IsExpanded)?> ReadAsync(
        NpgsqlConnection connection, UpgradeStep step, CancellationToken cancellationToken) =>
        ReadAsync(connection, step.Target.Scope, step.Component, step.Version, cancellationToken);

    /// <returns>Also whether the declared changes up to the module are committed, and others are left.</returns>
    public async Task<(StepState State, Guid? Run, bool IsExpanded)?> ReadAsync(
        NpgsqlConnection connection, Scope scope, string component, UpgradeVersion version, CancellationToken cancellationToken)
    {
        // A component may have a row of its former name too: the one that is done counts, else the one of the present name.
        await using var query = new NpgsqlCommand($"""
            SELECT state, run_id, pg_catalog.starts_with(note, '{SliceNote.ExpandedWords}') FROM {_table}
            WHERE scope = $1 AND component = ANY ($2::text[]) AND version_key = $3
            ORDER BY state = 'done' DESC, component = $4 DESC
            """, connection) { CommandTimeout = _seconds };
        object[] key = [JournalText.Of(scope), Postgres.Sql.Array(HostComponents.Written(component)), version.Key, component];
        foreach (var value in key) query.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return (JournalText.State(reader.GetString(0)), reader.IsDBNull(1) ? null : reader.GetGuid(1), reader.GetBoolean(2));
    }

    private static string IsReached(string row) =>
        $"{row}.state = 'baseline' AND pg_catalog.starts_with({row}.note, '{RecordVersion.ReachedWord}')";

    /// <summary>
    /// A step that was reported as done must survive a crash of the server, whatever the server's defaults or a module set: the step's
    /// files are final too, and cannot be put back. Stronger settings are kept.
    /// </summary>
    private const string Durable = """
        CASE WHEN pg_catalog.current_setting('synchronous_commit') = 'off'
          THEN pg_catalog.set_config('synchronous_commit', 'on', true) END
        """;

    private const string Earlier = """
        (SELECT coalesce(pg_catalog.jsonb_agg(e ORDER BY i), '[]') FROM (
           SELECT e, i FROM pg_catalog.jsonb_array_elements(j.earlier || pg_catalog.jsonb_build_object(
             'version', j.version, 'module', j.module, 'sha256', j.sha256, 'state', j.state, 'started_at', j.started_at,
             'finished_at', j.finished_at, 'run_id', j.run_id, 'host', j.host, 'by_hand', j.by_hand, 'note', j.note, 'error', j.error))
             WITH ORDINALITY AS o(e, i) ORDER BY i DESC LIMIT 100) kept)
        """;

    /// <summary>The states that the step may overwrite, in addition to failed.</summary>
    private static string[] Replaceable(UpgradeStep step) =>
    [
        .. step.Entry.Again ? ["done", "baseline"] : step.Entry.IsBaseline ? ["baseline"] : Array.Empty<string>(),
        .. !step.Action.IsTransactional ? ["running"] : Array.Empty<string>(),
    ];

    private static object[] Key(UpgradeStep step) => [JournalText.Of(step.Target.Scope), step.Component, step.Version.Key];

    private static object[] StepValues(UpgradeStep step, Guid run) =>
    [
        JournalText.Of(step.Target.Scope), step.Component, step.Version.Text, step.Entry.Module, step.Entry.Sha256,
        run, JournalText.WhoAndWhere(Operator.Name, Environment.MachineName), step.Entry.ByHand, step.Entry.Note,
    ];

    private static NpgsqlBatchCommand Command(string sql, object[] values)
    {
        SeededFault.Change("SQL of the journal", ref sql);
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }
}
