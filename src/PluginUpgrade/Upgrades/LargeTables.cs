using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// Looks how large the tables are that declared changes lock: what meets a large one is done in phases. Read after the plan, one round trip
/// for each database, and only where a change meets a table that was there before.
/// </summary>
internal static class LargeTables
{
    /// <returns>The plan; lanes of targets without large tables are unchanged, and keep sharing their lists.</returns>
    public static async Task<Plan> FindAsync(Plan plan, InstallationState state, CancellationToken cancellationToken)
    {
        var lanes = plan.Lanes.Where(lane => !lane.Target.ToBeMade && Tables(lane).Any()).ToList();
        if (lanes.Count == 0) return plan;
        Dictionary<Target, HashSet<string>> large = new(ReferenceEqualityComparer.Instance);
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = state.Settings.Run.Parallel,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(lanes.GroupBy(lane => lane.Target.Database), options, async (group, token) =>
        {
            var found = await ReadAsync([.. group], state, token);
            lock (large)
                foreach (var lane in group)
                    if (found[lane.Target.Schema].ToHashSet() is { Count: > 0 } tables) large[lane.Target] = tables;
        });
        // Targets with the same large tables go on sharing their lists.
        Dictionary<(IReadOnlyList<StepAction>, string), IReadOnlyList<StepAction>> shared = [];
        return large.Count == 0 ? plan : new Plan([.. plan.Stages.Select(stage => stage with
        {
            Lanes = [.. stage.Lanes.Select(lane => large.TryGetValue(lane.Target, out var tables) ? With(lane, tables, shared) : lane)],
        })]);
    }

    /// <summary>What cannot be reached is reported by other checks, and changes nothing here.</summary>
    private static async Task<ILookup<string, string>> ReadAsync(
        IReadOnlyList<Lane> lanes, InstallationState state, CancellationToken cancellationToken)
    {
        var target = lanes[0].Target;
        try
        {
            using var slot = await state.Limits.EnterAsync(target.Server, target.Database, cancellationToken);
            await using var connection = await slot.OpenAsync(target.Database, state.Connection, cancellationToken);
            var found = await TableSizes.LargerAsync(connection, [.. lanes.Select(lane => lane.Target.Schema).Distinct()],
                [.. lanes.SelectMany(Tables).Distinct()], state.Settings.Run.SmallTable, cancellationToken);
            return found.ToLookup(one => one.Schema, one => one.Table);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            return Array.Empty<(string, string)>().ToLookup(one => one.Item1, one => one.Item2);
        }
    }

    private static IEnumerable<string> Tables(Lane lane) => lane.Actions.OfType<ApplySchema>().SelectMany(apply => apply.Slice.Tables);

    private static Lane With(
        Lane lane, HashSet<string> tables, Dictionary<(IReadOnlyList<StepAction>, string), IReadOnlyList<StepAction>> shared)
    {
        var key = (lane.Actions, string.Join('\0', tables.Order(StringComparer.Ordinal)));
        if (!shared.TryGetValue(key, out var actions)) shared[key] = actions = [.. lane.Actions.Select(action => With(action, tables))];
        return lane with { Actions = actions };
    }

    private static StepAction With(StepAction action, HashSet<string> tables) =>
        action is ApplySchema apply && apply.Slice.Tables.Where(tables.Contains).ToHashSet() is { Count: > 0 } own
            ? apply with { Large = own } : action;
}
