using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Drift;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Schemas;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades.Declared;

/// <summary>
/// Looks how large the tables are that declared changes lock: what meets a large one is done in phases. Read after the plan, one round trip
/// for each database, and only where a change meets a table that was there before.
/// </summary>
internal static class LargeTables
{
    /// <returns>
    /// The plan; lanes of targets without large tables are unchanged, and keep sharing their lists. And what may not be done to a large
    /// table.
    /// </returns>
    public static async Task<(Plan Plan, IReadOnlyList<Problem> Problems)> FindAsync(
        Plan plan, InstallationState state, CancellationToken cancellationToken)
    {
        var lanes = plan.Lanes.Where(lane => !lane.Target.ToBeMade && Tables(lane).Any()).ToList();
        if (lanes.Count == 0) return (plan, []);
        List<Problem> problems = [];
        Dictionary<Target, HashSet<string>> large = new(ReferenceEqualityComparer.Instance);
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = state.Settings.Run.Parallel,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(lanes.GroupBy(lane => lane.Target.Database), options, async (group, token) =>
        {
            var (found, rewrites) = await ReadAsync([.. group], state, token);
            lock (large)
            {
                problems.AddRange(rewrites);
                foreach (var lane in group)
                    if (found[lane.Target.Schema].ToHashSet() is { Count: > 0 } tables) large[lane.Target] = tables;
            }
        });
        // Targets with the same large tables go on sharing their lists.
        Dictionary<(IReadOnlyList<StepAction>, string), IReadOnlyList<StepAction>> shared = [];
        return large.Count == 0 ? (plan, Problem.Together(problems)) : (new Plan([.. plan.Stages.Select(stage => stage with
        {
            Lanes = [.. stage.Lanes.Select(lane => large.TryGetValue(lane.Target, out var tables) ? With(lane, tables, shared) : lane)],
        })]), Problem.Together(problems));
    }

    /// <summary>If a table's size, or what a change does to it, cannot be found out, the upgrade is refused.</summary>
    private static async Task<(ILookup<string, string> Large, IReadOnlyList<Problem> Problems)> ReadAsync(
        IReadOnlyList<Lane> lanes, InstallationState state, CancellationToken cancellationToken)
    {
        var target = lanes[0].Target;
        try
        {
            using var slot = await state.Limits.EnterAsync(target.Server, target.Database, cancellationToken);
            await using var connection = await slot.OpenAsync(target.Database, state.Connection, cancellationToken);
            var found = await TableSizes.LargerAsync(connection, [.. lanes.Select(lane => lane.Target.Schema).Distinct()],
                [.. lanes.SelectMany(Tables).Distinct()], state.Settings.Run.SmallTable, cancellationToken);
            var large = found.ToLookup(one => one.Schema, one => one.Table);
            return (large, await RewritesAsync(connection, lanes, large, state, cancellationToken));
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            return (Array.Empty<string>().ToLookup(one => one), [DriftProblem.Of(target, e)]);
        }
    }

    /// <summary>Changes that would write a large table anew, while nobody can use it, without their author's word that they may.</summary>
    private static async Task<IReadOnlyList<Problem>> RewritesAsync(
        NpgsqlConnection connection, IReadOnlyList<Lane> lanes, ILookup<string, string> large, InstallationState state,
        CancellationToken cancellationToken)
    {
        List<Problem> problems = [];
        // Equal for all lanes that share their actions.
        Dictionary<SchemaSlice, IReadOnlyList<SchemaChange>> rewrites = new(ReferenceEqualityComparer.Instance);
        foreach (var lane in lanes)
            foreach (var apply in lane.Actions.OfType<ApplySchema>())
            {
                var mine = large[lane.Target.Schema].ToHashSet();
                if (!apply.Slice.Changes.Any(change => Meets(change, mine)) || HistoryOf(apply, state) is not { } history) continue;
                if (!rewrites.TryGetValue(apply.Slice, out var found))
                {
                    rewrites[apply.Slice] = found = await Sql.RolledBackAsync(connection, () => Rewrites.FindAsync(
                        connection, history, apply.Slice, lane.Target.Schema, state.Settings.Run.SearchPath, cancellationToken),
                        cancellationToken);
                }
                problems.AddRange(found.Where(change => Meets(change, mine))
                    .Select(change => PlanProblem.Rewrites(lane.Target, apply.Version, change)));
            }
        return problems;
    }

    private static bool Meets(SchemaChange change, HashSet<string> large) =>
        change is { Phase: SchemaPhase.Expand, AllowsRewrite: false, Table: { } table } && large.Contains(table);

    private static SchemaHistory? HistoryOf(ApplySchema apply, InstallationState state) => state.Catalogue.Histories
        .FirstOrDefault(history => history.Component == apply.Component && history.Scope == apply.Scope);

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
