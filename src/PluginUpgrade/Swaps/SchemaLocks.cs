using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;

namespace PluginUpgrade.Swaps;

/// <summary>
/// Locks everything in schemas, in the session that makes the exchange: another session would have to release its locks first, and writers
/// that queued before would then write into tables that are no longer live. Each attempt is short, because whoever comes after it waits
/// behind it.
/// </summary>
internal sealed class SchemaLocks(LaneSession session, RunContext context, Target target, Action<string>? announce = null)
{
    private const string Mark = "krang_upgrade_locks", Exclusive = "ACCESS EXCLUSIVE";

    /// <summary>How long an attempt waits for one lock, and for all tables together.</summary>
    private const int AttemptMilliseconds = 50;

    /// <summary>More for each object, in hundredths of a millisecond: many objects take time even if nobody holds them.</summary>
    private const int PerObject = 10;

    /// <summary>How long to try.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly Pause BetweenTries = Pause.OfMilliseconds(40, 400, jitter: 0.75);

    /// <summary>
    /// Begins a READ COMMITTED transaction, and keeps everyone else from reading and writing everything in these schemas until its end.
    /// </summary>
    /// <exception cref="UpgradeException">Not in two minutes; nothing is locked, and no transaction is open.</exception>
    public Task TakeAsync(IReadOnlyList<string> schemas, CancellationToken abort) =>
        LoopAsync(schemas, Exclusive, begins: true, abort);

    /// <summary>The same in the open transaction of <see cref="ShareAsync"/>, which keeps its locks meanwhile.</summary>
    public Task RaiseAsync(IReadOnlyList<string> schemas, CancellationToken abort) =>
        LoopAsync(schemas, Exclusive, begins: false, abort);

    /// <summary>Begins a READ COMMITTED transaction, and keeps everyone else from writing the tables until its end.</summary>
    public Task ShareAsync(IReadOnlyList<string> schemas, CancellationToken abort) =>
        LoopAsync(schemas, "SHARE", begins: true, abort);

    private async Task LoopAsync(IReadOnlyList<string> schemas, string mode, bool begins, CancellationToken abort)
    {
        var observer = await LockObserver.OfAsync(session, cancels: true, abort);
        var poll = new Poll(Patience, BetweenTries, context.Time);
        var (patient, announced) = (false, false);
        if (!begins) await session.ExecuteAsync($"SAVEPOINT {Mark}", abort);
        for (var number = 1; ; number++)
        {
            if (await TryAsync(schemas, mode, begins, patient, observer, abort)) return;
            if (observer is { OnlyAutovacuum: true } && !announced)
            {
                // It gives way to a session that has waited for deadlock_timeout; meanwhile others wait behind us.
                (patient, announced) = (true, true);
                announce?.Invoke("Only autovacuum is in the way: waiting until it gives way, once, longer than usual.");
                continue;
            }
            patient = false;
            if (poll.IsOver || observer is { NotAllowed.Count: > 0 })
            {
                await session.RollBackAsync();
                throw new UpgradeException(SwapProblem.NotLocked(target, schemas[0], observer?.Blocker, observer?.NotAllowed ?? []));
            }
            // After a cancellation the way is free only for a moment.
            if (observer is not { Cancelled: > 0 } || number % 50 == 0) await BetweenTries.WaitAsync(number, context.Time, abort);
        }
    }

    /// <returns>False if a lock was not granted in time: everything of the attempt is rolled back.</returns>
    private async Task<bool> TryAsync(
        IReadOnlyList<string> schemas, string mode, bool begins, bool patient, LockObserver? observer, CancellationToken abort)
    {
        try
        {
            if (begins) await session.ExecuteAsync($"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {IdleSql}", abort);
            var statements = await StatementsAsync(schemas, mode, abort);
            var limit = AttemptMilliseconds + statements.Objects * PerObject / 100;
            if (patient) limit += await LockObserver.BeatsAutovacuumAfterAsync(session.Connection, abort);
            var calls = string.Join("; ", statements.Sql);
            if (calls.Length > 0)
            {
                var attempt = session.ExecuteAsync(
                    $"SET LOCAL lock_timeout = {limit}; SET LOCAL statement_timeout = {limit}; {calls}", abort);
                if (observer is not null) await observer.DuringAsync(attempt);
                await attempt;
            }
            if (await IsBeingChangedAsync(schemas, abort) && mode == Exclusive) throw new BeingChangedException();
            return true;
        }
        catch (Exception e) when (e is BeingChangedException || e is PostgresException refused && IsLater(refused))
        {
            await session.ExecuteAsync(begins ? "ROLLBACK" : $"ROLLBACK TO SAVEPOINT {Mark}", CancellationToken.None);
            return false;
        }
    }

    /// <summary>
    /// The lock was not granted in time, or a table was dropped or renamed since its name was read. (A cancellation by the user comes as an
    /// OperationCanceledException.)
    /// </summary>
    private static bool IsLater(PostgresException e) => e.SqlState is PostgresErrorCodes.LockNotAvailable
        or PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.UndefinedTable
        || SqlErrors.IsCatalogueRace(e);

    /// <summary>The session waits for the build, and must not be ended because of that.</summary>
    private string IdleSql => "SET LOCAL idle_in_transaction_session_timeout = 0" +
        (session.Connection.PostgreSqlVersion.Major >= 17 ? "; SET LOCAL transaction_timeout = 0" : "");

    /// <summary>
    /// Whether an open transaction of others creates something in the schemas: it is not visible yet, no lock of ours touches it, and it
    /// would be left behind. In the same round trip, since everybody waits, it ends the time limits of the attempt.
    /// </summary>
    private async Task<bool> IsBeingChangedAsync(IReadOnlyList<string> schemas, CancellationToken abort)
    {
        var usual = (long)context.Connection.LockTimeout.TotalMilliseconds;
        await using var batch = new NpgsqlBatch(session.Connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL statement_timeout = 0"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(FormattableString.Invariant($"SET LOCAL lock_timeout = {usual}")));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            SELECT EXISTS (
              SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_namespace n ON n.oid = l.objid
              WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_namespace'::regclass AND n.nspname = ANY ($1)
                AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
                AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid())
            """)
        {
            Parameters = { new() { Value = schemas.ToArray() } },
        });
        return await batch.ExecuteScalarAsync(abort) is true;
    }

    private sealed class BeingChangedException : Exception;

    /// <summary>
    /// Tables are locked without their children, which may lie elsewhere. For views and the like LOCK does not work, or would also lock
    /// what they read; changing the owner to the same owner locks them alone. It blocks nextval too, which no table's lock does.
    /// </summary>
    private async Task<(IReadOnlyList<string> Sql, int Objects)> StatementsAsync(
        IReadOnlyList<string> schemas, string mode, CancellationToken abort)
    {
        List<(string Kind, string Name, string Owner)> objects = [];
        await using (var query = new NpgsqlCommand(ObjectsSql, session.Connection) { Parameters = { new() { Value = schemas.ToArray() } } })
        await using (var reader = await query.ExecuteReaderAsync(abort))
            while (await reader.ReadAsync(abort)) objects.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        var tables = objects.Where(one => one.Kind == "TABLE").Select(one => $"ONLY {one.Name}").ToList();
        List<string> sql = [];
        if (tables.Count > 0) sql.Add($"LOCK TABLE {string.Join(", ", tables)} IN {mode} MODE");
        if (mode == "SHARE") return (sql, tables.Count);
        sql.AddRange(objects.Where(one => one.Kind != "TABLE").Select(one => $"ALTER {one.Kind} {one.Name} OWNER TO {one.Owner}"));
        return (sql, objects.Count);
    }

    private const string ObjectsSql = """
        SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
                 WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
               pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner))
        FROM pg_catalog.pg_namespace n
        JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid
        JOIN pg_catalog.pg_class c ON c.tableoid = d.classid AND c.oid = d.objid
        WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
        ORDER BY c.oid
        """;
}
