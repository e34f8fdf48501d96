using System.Collections.Concurrent;
using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// Examines the surroundings of the targets before anything changes, in parallel: one connection and one round trip for each server, and
/// for each of its databases that others use. The contents of the databases were read together with the state of their targets.
/// </summary>
/// <param name="targets">The targets to examine; each can be reached.</param>
/// <param name="pending">Those of them with something to do.</param>
internal sealed class ServerActivityPreflight(
    InstallationState state, IReadOnlyList<Target> targets, IReadOnlySet<Target> pending, ServerLimits limits)
{
    /// <summary>How many unknown instances are named at most; nobody writes more settings by hand.</summary>
    private const int UnknownInstances = 50;

    private readonly RunSettings _run = state.Settings.Run;
    private readonly CheckSettings _check = state.Settings.Check;

    /// <param name="plan">The plan that will be run; empty if it is unknown, or nothing is to be done.</param>
    /// <param name="whole">Whether all instances are known, so that any other is unknown.</param>
    public async Task<(IReadOnlyList<Problem> Problems, IReadOnlyList<Problem> NotKnown)> FindAsync(
        Plan plan, bool whole, CancellationToken cancellationToken)
    {
        var configured = whole ? state.Configured() : null;
        var contents = state.Contents().ToDictionary(pair => pair.Key, pair => pair.Value with
        {
            UnknownInstances = configured is null ? [] : Unknown(pair.Value, configured[pair.Key].ToHashSet()),
        });
        var places = await ReadAsync(contents, cancellationToken);
        List<Problem> notKnown = [];
        List<Problem> problems = [.. places.SelectMany(place => new[] { place.Around.NotRead, place.Contents.NotRead }).OfType<Problem>()];
        var interrupted = Interrupted(plan);
        foreach (var place in places)
            problems.AddRange(
            [
                .. TransactionCheck.Find(place, _run.LockTimeout, _check.LongTransaction), .. InvalidIndexCheck.Find(place, interrupted),
                .. OwnerCheck.Find(place), .. UnknownInstanceCheck.Find(place, state.Installation.Target), .. Connected(place),
            ]);
        foreach (var server in places.Where(place => place.Around.NotRead is null).GroupBy(place => place.Around.Server))
        {
            problems.AddRange(OfServer([.. server], plan));
            notKnown.AddRange(ReplicationCheck.Hidden(server.First().Around));
        }
        notKnown.AddRange(places.SelectMany(SessionCheck.Hidden));
        return (problems, notKnown);
    }

    /// <summary>
    /// One database may be reached by several connection strings: instances that are configured with another one are not unknown.
    /// </summary>
    private static List<string> Unknown(DatabaseContents contents, HashSet<string> configured) =>
        [.. DatabaseContents.Unknown(contents.UnknownInstances, configured).Take(UnknownInstances)];

    /// <summary>Applications that are still connected to targets with something to do, after the operator's hook has run.</summary>
    public async Task<IReadOnlyList<Problem>> FindConnectedAsync(CancellationToken cancellationToken)
    {
        var places = await ReadAsync(contents: [], cancellationToken);
        return [.. places.SelectMany(place => ConnectedCheck.Find(place, _run.RefuseWhenConnected, hooked: false))];
    }

    private IEnumerable<Problem> Connected(CheckedDatabase place) =>
        ConnectedCheck.Find(place, _run.RefuseWhenConnected, state.Settings.Hooks.Before is not null);

    private IEnumerable<Problem> OfServer(IReadOnlyList<CheckedDatabase> places, Plan plan)
    {
        var around = places[0].Around;
        var stages = plan.Stages.Select(stage => stage.Lanes.Where(lane => lane.Target.Server == around.Server).ToList()).ToList();
        var lanes = Math.Min(Math.Min(_run.Parallel, _run.PerServer), stages.Select(lanes => lanes.Count).DefaultIfEmpty().Max());
        // What is built side by side has a session of its own, beside the lane's.
        var builds = Math.Min(lanes, stages.Select(lanes => lanes.Count(lane => lane.Actions.Any(action => action is BuildBeside)))
            .DefaultIfEmpty().Max());
        // The run's lock, and the connection that watches a waiting step from outside.
        var besides = builds + (around.Server == state.Installation.Target.Server ? 2 : 1);
        var atomic = stages.SelectMany(lanes => lanes).Where(lane => lane.IsAtomic).Select(lane => lane.Target)
            .ToHashSet<Target>(ReferenceEqualityComparer.Instance);
        return
        [
            .. ReplicationCheck.Find(around, _check.ReplicationLag), .. CapacityCheck.Connections(around, lanes, besides),
            .. CapacityCheck.AtomicLocks(places, atomic, lanes),
        ];
    }

    /// <summary>Targets where a pending step outside a transaction was begun before: the step will continue from there.</summary>
    private HashSet<Target> Interrupted(Plan plan)
    {
        var begun = state.Targets
            .Where(fact => fact.Rows.Any(row => row.State is StepState.Running or StepState.Failed)).Select(fact => fact.Target)
            .ToHashSet<Target>(ReferenceEqualityComparer.Instance);
        return plan.Lanes
            .Where(lane => begun.Contains(lane.Target) && lane.Actions.Any(action =>
                // What is built side by side lies elsewhere.
                action is not SideBySideAction && !action.IsTransactional))
            .Select(lane => lane.Target).ToHashSet<Target>(ReferenceEqualityComparer.Instance);
    }

    /// <summary>
    /// Reads one database of each server first: it also shows the properties of the server, and in which of its databases others have
    /// sessions. Databases without such sessions are not read.
    /// </summary>
    /// <param name="contents">By database.</param>
    private async Task<IReadOnlyList<CheckedDatabase>> ReadAsync(
        Dictionary<string, DatabaseContents> contents, CancellationToken cancellationToken)
    {
        // One database may be reached by several connection strings, and by several names of its server.
        var databases = targets.GroupBy(state.DatabaseOf).OrderBy(database => database.Key, StringComparer.Ordinal).ToList();
        var servers = databases.GroupBy(database => InstallationState.ServerOf(database.Key)).ToList();
        var around = new ConcurrentDictionary<string, ServerActivity>();
        await AskAsync(servers.Select(server => server.First()), around, cancellationToken);
        var ofServers = servers.Select(server => around[server.First().Key]).Zip(servers)
            .Where(told => told.First.Used is not null).ToDictionary(told => told.Second.Key, told => told.First);
        await AskAsync(servers.SelectMany(server => server.Skip(1)).Where(IsUsed), around, cancellationToken);
        return
        [
            .. databases.Select(database => new CheckedDatabase(
                    around.GetValueOrDefault(database.Key) ?? Untouched(database),
                    contents.GetValueOrDefault(database.Key) ?? new DatabaseContents(), [.. database], pending))
                .OrderBy(place => place.Name, StringComparer.Ordinal),
        ];

        bool IsUsed(IGrouping<string, Target> database) =>
            !ofServers.TryGetValue(InstallationState.ServerOf(database.Key), out var ofServer) || ofServer.Used!.Contains(database.Key);

        ServerActivity Untouched(IGrouping<string, Target> database)
        {
            var ofServer = ofServers[InstallationState.ServerOf(database.Key)];
            return ServerActivity.Of(One(database)) with { Limits = ofServer.Limits, Standbys = ofServer.Standbys };
        }
    }

    /// <param name="around">Filled, by database.</param>
    private async Task AskAsync(
        IEnumerable<IGrouping<string, Target>> databases, ConcurrentDictionary<string, ServerActivity> around,
        CancellationToken cancellationToken)
    {
        var question = new SurroundingsQuestion(_check.LongTransaction, Applications: _run.RefuseWhenConnected.Count > 0);
        var options = new ParallelOptions { MaxDegreeOfParallelism = _run.Parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(databases, options, async (database, _) =>
        {
            var target = One(database);
            using var slot = await limits.EnterAsync(target.Server, target.Database, cancellationToken);
            around[database.Key] = await ServerActivityReader.ReadAsync(target, question, state.Connection, cancellationToken);
        });
    }

    private Target One(IGrouping<string, Target> database) => database.FirstOrDefault(pending.Contains) ?? database.First();
}
