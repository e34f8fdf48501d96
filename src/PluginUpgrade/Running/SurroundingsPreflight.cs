using System.Collections.Concurrent;
using PluginUpgrade.Checks;
using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Running;

/// <summary>
/// Looks around the targets before anything changes: one connection and one round trip for each database, side by side.
/// </summary>
/// <param name="targets">That are looked at; each can be reached.</param>
/// <param name="pending">Of them, those that something is to be done to.</param>
internal sealed class SurroundingsPreflight(
    Situation situation, IReadOnlyList<Target> targets, IReadOnlySet<Target> pending, ServerGates gates)
{
    private readonly RunSettings _run = situation.Settings.Run;
    private readonly CheckSettings _check = situation.Settings.Check;

    /// <param name="plan">What is to be run; empty where that is not known, or nothing.</param>
    /// <param name="whole">All instances are known: who is not among them is unknown.</param>
    public async Task<(IReadOnlyList<Problem> Problems, IReadOnlyList<Problem> NotKnown)> FindAsync(
        Plan plan, bool whole, CancellationToken cancellationToken)
    {
        var atomic = plan.Lanes.Any(lane => lane.IsAtomic);
        var question = new SurroundingsQuestion(_check.LongTransaction, _run.RefuseWhenConnected.Count > 0, atomic);
        var places = await ReadAsync(question, whole ? situation.Configured() : null, cancellationToken);
        List<Problem> problems = [.. places.Select(place => place.Around.NotRead).OfType<Problem>()], notKnown = [];
        List<Place> read = [.. places.Where(place => place.Around.NotRead is null)];
        var interrupted = Interrupted(plan);
        foreach (var place in read)
            problems.AddRange(
            [
                .. TransactionCheck.Find(place, _run.LockTimeout, _check.LongTransaction), .. InvalidIndexCheck.Find(place, interrupted),
                .. OwnerCheck.Find(place), .. UnknownInstanceCheck.Find(place, situation.Installation.Target), .. Connected(place),
            ]);
        foreach (var server in read.GroupBy(place => place.Around.Server))
        {
            problems.AddRange(OfServer(server.First().Around, plan));
            notKnown.AddRange(ReplicationCheck.Hidden(server.First().Around));
        }
        notKnown.AddRange(read.SelectMany(SessionCheck.Hidden));
        return (problems, notKnown);
    }

    /// <summary>Applications that are still connected where something is to be done, once the operator's hook has run.</summary>
    public async Task<IReadOnlyList<Problem>> FindConnectedAsync(CancellationToken cancellationToken)
    {
        var question = new SurroundingsQuestion(_check.LongTransaction, Applications: true, Sizes: false) { Inside = false };
        var places = await ReadAsync(question, configured: null, cancellationToken);
        return [.. places.SelectMany(place => ConnectedCheck.Find(place, _run.RefuseWhenConnected, hooked: false))];
    }

    private IEnumerable<Problem> Connected(Place place) =>
        ConnectedCheck.Find(place, _run.RefuseWhenConnected, situation.Settings.Hooks.Before is not null);

    private IEnumerable<Problem> OfServer(Surroundings around, Plan plan)
    {
        var stages = plan.Stages.Select(stage => stage.Lanes.Where(lane => lane.Target.Server == around.Server).ToList()).ToList();
        var lanes = Math.Min(Math.Min(_run.Parallel, _run.PerServer), stages.Select(lanes => lanes.Count).DefaultIfEmpty().Max());
        // The run's lock, and a look from outside at a step that waits.
        var besides = around.Server == situation.Installation.Target.Server ? 2 : 1;
        var atomic = stages.SelectMany(lanes => lanes).Where(lane => lane.IsAtomic).Select(lane => lane.Target.Schema).ToHashSet();
        return
        [
            .. ReplicationCheck.Find(around, _check.ReplicationLag), .. CapacityCheck.Connections(around, lanes, besides),
            .. CapacityCheck.AtomicLocks(around, atomic, lanes),
        ];
    }

    /// <summary>Targets where a pending step outside a transaction was begun before: it goes on with what it left.</summary>
    private HashSet<Target> Interrupted(Plan plan)
    {
        var begun = situation.Facts
            .Where(fact => fact.Rows.Any(row => row.State is StepState.Running or StepState.Failed)).Select(fact => fact.Target)
            .ToHashSet<Target>(ReferenceEqualityComparer.Instance);
        return plan.Lanes
            .Where(lane => begun.Contains(lane.Target) && lane.Work.Any(work => work.Module is { Transactional: false }))
            .Select(lane => lane.Target).ToHashSet<Target>(ReferenceEqualityComparer.Instance);
    }

    /// <summary>
    /// One database of each server first: it also tells what the server is like, and in which of its databases others have sessions. In the
    /// rest these need not be asked for.
    /// </summary>
    private async Task<IReadOnlyList<Place>> ReadAsync(
        SurroundingsQuestion question, ILookup<string, string>? configured, CancellationToken cancellationToken)
    {
        // One database may be reached by several connection strings, and by several names of its server.
        var servers = targets.GroupBy(situation.DatabaseOf).OrderBy(database => database.Key, StringComparer.Ordinal)
            .GroupBy(database => Situation.ServerOf(database.Key)).ToList();
        var first = await ReadAsync(servers.Select(server => (server.First(), question)), configured, cancellationToken);
        var tellers = first.Where(read => read.Place.Around.Used is not null).ToDictionary(
            read => Situation.ServerOf(read.Database), read => read.Place.Around);
        var asked = servers.SelectMany(server => server.Skip(1)).Select(database => (Database: database, Question: question with
        {
            Sessions = !tellers.TryGetValue(Situation.ServerOf(database.Key), out var teller) || teller.Used!.Contains(database.Key),
        }));
        var rest = await ReadAsync(asked.Where(one => one.Question.Sessions || one.Question.Inside), configured, cancellationToken);
        return
        [
            .. first.Concat(rest).Select(read => read.Place with { Around = WithServer(read.Place.Around, read.Database) })
                .OrderBy(place => place.Name, StringComparer.Ordinal),
        ];

        Surroundings WithServer(Surroundings around, string database) =>
            around.Used is null && tellers.TryGetValue(Situation.ServerOf(database), out var teller)
                ? around with { Limits = teller.Limits, Standbys = teller.Standbys }
                : around;
    }

    private async Task<IReadOnlyCollection<(string Database, Place Place)>> ReadAsync(
        IEnumerable<(IGrouping<string, Target> Database, SurroundingsQuestion Question)> databases, ILookup<string, string>? configured,
        CancellationToken cancellationToken)
    {
        var read = new ConcurrentBag<(string, Place)>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = _run.Parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(databases, options, async (one, _) =>
        {
            var (database, question) = one;
            var target = database.FirstOrDefault(pending.Contains) ?? database.First();
            using var place = await gates.EnterAsync(target.Server, target.Database, cancellationToken);
            var around = await SurroundingsReader.ReadAsync(
                target, question, configured?[database.Key].ToHashSet(), situation.Connection, cancellationToken);
            read.Add((database.Key, new Place(around, [.. database], pending)));
        });
        return read;
    }
}
