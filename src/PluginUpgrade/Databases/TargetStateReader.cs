using System.Collections.Concurrent;
using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>
/// Reads the state of targets: a few round trips for each 500 of a database, whatever the number of targets, and never a connection for
/// each. Changes nothing.
/// </summary>
/// <param name="parallel">How many databases are read at the same time.</param>
/// <param name="limits">How many of them on one server.</param>
public sealed class TargetStateReader(ConnectionSettings settings, int parallel, ServerLimits limits)
{
    /// <summary>A database with more targets is read over several connections at the same time.</summary>
    private const int TargetsOfAConnection = 2000;

    /// <summary>How many queries may fail during the search for journals that cannot be read.</summary>
    private const int FailedQuestions = 250;

    /// <summary>How long each of these queries waits for a session that has locked a journal.</summary>
    private static readonly TimeSpan Shortly = TimeSpan.FromMilliseconds(100);

    private readonly JournalCache _kinds = new();

    /// <summary>The state of all targets, in their order. Failing to reach a target is part of its state.</summary>
    /// <param name="question">What else is read of their databases, over the same connections; null: nothing.</param>
    /// <param name="keep">Whether the connections are kept for the lanes of the run that follows.</param>
    /// <param name="sizes">Whether the sizes of kept schemas are read too.</param>
    public async Task<IReadOnlyList<TargetState>> ReadAsync(
        IReadOnlyList<Target> targets, ContentsQuestion? question, bool keep, CancellationToken cancellationToken, bool sizes = false)
    {
        var contents = new ConcurrentDictionary<string, DatabaseContents?>();
        var notRead = new ConcurrentDictionary<string, Problem>();
        var locks = new ServerLocks();
        var states = (await ReadAsync(
            targets, (some, slot, token) => ReadDatabaseAsync(
                some, keep ? slot : null, locks, ReadContentsAsync, sizes, token),
            cancellationToken))!;
        return question is null ? states
            : [.. states.Select(state => state with { Contents = ContentsOf(state.Target.Database) })];

        async Task ReadContentsAsync(NpgsqlConnection connection, Target target)
        {
            // Where a database has several connections, only one of them does this; if it fails, another one.
            if (question is null || !contents.TryAdd(target.Database, null)) return;
            try
            {
                contents[target.Database] = await ContentsReader.ReadAsync(connection, target, question, cancellationToken);
            }
            catch (Exception e)
            {
                contents.TryRemove(target.Database, out _);
                notRead[target.Database] = ConnectionProblem.WhileReading(target, e) with { Severity = Severity.Warning };
                throw;
            }
        }

        // The others may have been done before the one failed: then nothing was read.
        DatabaseContents? ContentsOf(string database) => contents.GetValueOrDefault(database)
            ?? (notRead.TryGetValue(database, out var problem) ? new DatabaseContents { NotRead = problem } : null);
    }

    /// <summary>
    /// Reads only the journals: enough to find that an upgrade has nothing to do. Null where that is not enough: something is missing,
    /// cannot be reached, or cannot be read.
    /// </summary>
    public Task<IReadOnlyList<TargetState>?> ReadJournalsAsync(IReadOnlyList<Target> targets, CancellationToken cancellationToken) =>
        ReadAsync(targets, (some, _, token) => TryReadJournalsAsync(some, token), cancellationToken);

    private async Task<IReadOnlyList<TargetState>?> ReadAsync(
        IReadOnlyList<Target> targets,
        Func<IReadOnlyList<Target>, ConnectionSlot, CancellationToken, Task<List<TargetState>?>> readDatabase,
        CancellationToken cancellationToken)
    {
        var states = new Dictionary<Target, TargetState>(ReferenceEqualityComparer.Instance);
        var databases = targets.GroupBy(target => target.Database).SelectMany(group => group.Chunk(TargetsOfAConnection)).ToList();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(databases, options, async (group, _) =>
        {
            if (enough.IsCancellationRequested) return;
            using var slot = await limits.EnterAsync(group[0].Server, group[0].Database, cancellationToken);
            if (await readDatabase(group, slot, cancellationToken) is not { } read) await enough.CancelAsync();
            else
                lock (states)
                    foreach (var state in read) states[state.Target] = state;
        });
        return enough.IsCancellationRequested ? null : [.. targets.Select(target => states[target])];
    }

    private async Task<List<TargetState>?> TryReadJournalsAsync(IReadOnlyList<Target> targets, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection =
                await Connections.TryOpenForReadingAsync(targets[0].Database, settings, cancellationToken);
            List<TargetState> states = [];
            foreach (var batch in targets.Chunk(JournalReader.BatchSize))
            {
                var journals = await _kinds.ReadAsync(connection, [.. batch.Select(target => target.Schema).Distinct()], cancellationToken);
                if (journals.Values.Any(kind => kind.Format != Journal.Format || !kind.IsSound)) return null;
                states.AddRange(batch.Select(target => new TargetState
                {
                    Target = target,
                    Server = connection.PostgreSqlVersion,
                    JournalFormat = Journal.Format,
                    Rows = journals[target.Schema].Rows(target.Scope),
                }));
            }
            return states;
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) || ConnectionProblem.IsOfSettings(e))
        {
            return null;
        }
    }

    private async Task<List<TargetState>?> ReadDatabaseAsync(
        IReadOnlyList<Target> targets, ConnectionSlot? slot, ServerLocks locks, Func<NpgsqlConnection, Target, Task> readContents,
        bool sizes, CancellationToken cancellationToken)
    {
        var isOpen = false;
        try
        {
            await using var connection = await OpenAsync(targets[0], slot, cancellationToken);
            isOpen = true;
            var holders = await locks.OfAsync(targets[0].Server, connection, cancellationToken);
            List<TargetState> states = [];
            foreach (var batch in targets.Chunk(JournalReader.BatchSize))
                states.AddRange(await ReadBatchAsync(connection, batch, holders, cancellationToken));
            if (sizes) states = [.. await KeptReader.WithSizesAsync(connection, states, cancellationToken)];
            await readContents(connection, targets[0]);
            var owner = await Pooler.OwnerAsync(connection, states[0].BackendPid, targets[0].Database, settings, cancellationToken);
            return owner == SessionOwner.Connection ? states : [.. states.Select(state => state with { SessionOwner = owner })];
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            return
            [
                .. targets.Select(target =>
                    new TargetState { Target = target, DatabaseMissing = true, SchemaMissing = true, IsEmpty = true }),
            ];
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) || ConnectionProblem.IsOfSettings(e))
        {
            return
            [
                .. targets.Select(target => new TargetState
                {
                    Target = target,
                    Unreachable = isOpen ? ConnectionProblem.WhileReading(target, e) : ConnectionProblem.Of(target, e),
                }),
            ];
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(Target target, ConnectionSlot? slot, CancellationToken cancellationToken)
    {
        if (slot is null || await slot.OpenForReadingAsync(target.Database, settings, cancellationToken) is not { } kept)
            return await Connections.OpenForReadingAsync(target.Database, settings, WaitFor.Room, cancellationToken);
        await limits.KeepAsync(target.Server, kept, cancellationToken);
        return kept;
    }

    private static bool IsToBeRead(TargetState state) => state.JournalFormat == Journal.Format
        && !state.JournalFaults.Any(fault => fault.Kind is JournalFaultKind.Shape or JournalFaultKind.Read);

    /// <summary>
    /// Reads every journal that can be read. One journal that cannot be read fails the query for all of them, so the schemas are halved
    /// until it is found and reported alone. The number of failed queries is limited: beyond it, all schemas not read yet are reported.
    /// </summary>
    private async Task<(IReadOnlyDictionary<string, JournalKind> Read, IReadOnlyDictionary<string, Exception> Failed)> ReadKindsAsync(
        NpgsqlConnection connection, string[] schemas, CancellationToken cancellationToken)
    {
        Dictionary<string, JournalKind> read = [];
        Dictionary<string, Exception> failed = [];
        Stack<string[]> left = new([schemas]);
        for (var failures = 0; left.TryPop(out var some);)
            try
            {
                foreach (var (schema, kind) in await _kinds.ReadAsync(
                    connection, some, cancellationToken, failures == 0 ? null : Shortly))
                    read[schema] = kind;
            }
            catch (PostgresException e) when (!SqlErrors.IsLostConnection(e))
            {
                await Sql.ExecuteAsync(
                    connection, "ROLLBACK", cancellationToken, TimeSpan.FromSeconds(JournalReader.SecondsToRead));
                if (some.Length > 1 && ++failures < FailedQuestions)
                {
                    left.Push(some[(some.Length / 2)..]);
                    left.Push(some[..(some.Length / 2)]);
                }
                else
                    foreach (var schema in some) failed[schema] = e;
            }
        return (read, failed);
    }

    private async Task<IEnumerable<TargetState>> ReadBatchAsync(
        NpgsqlConnection connection, Target[] targets, Dictionary<(long Database, int Key), LockHolder> holders,
        CancellationToken cancellationToken)
    {
        var schemas = targets.Select(target => target.Schema).Distinct().ToArray();
        var (database, found) = await PlaceReader.ReadAsync(
            connection, schemas, cancellationToken, targets is [{ OwnDatabase: true } own] ? own.DatabaseName : null);
        var (journals, failed) = await ReadKindsAsync(
            connection, [.. schemas.Where(schema => IsToBeRead(found[schema]))], cancellationToken);
        // Most targets have a version in their journal. Only for the others it matters whether there are tables.
        var empty = await PlaceReader.EmptyAsync(
            connection, [.. targets.Where(target => !HasVersion(target)).Select(target => target.Schema).Distinct()], cancellationToken);
        return targets.Select(target => found[target.Schema] with
        {
            IsEmpty = empty.Contains(target.Schema) || WasEmptyBefore(target),
            Target = target,
            Server = connection.PostgreSqlVersion,
            Rows = Rows(target, target.Scope),
            Unreadable = journals.GetValueOrDefault(target.Schema)?.Unreadable ?? [],
            BadRows = journals.GetValueOrDefault(target.Schema)?.BadRows ?? [],
            Unreachable = failed.TryGetValue(target.Schema, out var why) ? JournalProblem.NotRead(target, why)
                : found[target.Schema].JournalFaults.Any(fault => fault.Kind == JournalFaultKind.Read) ? JournalProblem.MayNotRead(target)
                : null,
            Holder = holders.GetValueOrDefault((database, TargetLock.Key(target.Scope, target.Schema)))
                ?? (target.Scope == Scope.Installation ? holders.GetValueOrDefault((database, TargetLock.RunKey(target.Schema))) : null),
        });

        IReadOnlyList<JournalRow> Rows(Target target, Scope scope) => journals.GetValueOrDefault(target.Schema)?.Rows(scope) ?? [];

        bool HasVersion(Target target) => Rows(target, target.Scope).Any(row =>
            row is { Component: "", Counts: true, State: StepState.Done or StepState.Baseline });

        // The installation and an instance may share a schema. Where one of them was upgraded from an empty schema, its tables do not
        // mean that the other holds data of an unknown version.
        bool WasEmptyBefore(Target target)
        {
            var other = Rows(target, target.Scope == Scope.Installation ? Scope.Instance : Scope.Installation);
            return other.Any(row => row.Counts) && !other.Any(row => row.State == StepState.Baseline && !row.IsReached);
        }
    }
}
