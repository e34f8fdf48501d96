using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Replacing;
using PluginUpgrade.Steps;
using PluginUpgrade.Swaps.Refusals;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// Everything that prevents the exchange of whole databases and can be seen before anything changes; and of targets whose kind is unclear.
/// </summary>
internal sealed class DatabasePreflight(ConnectionSettings settings, ServerLimits limits, int parallel)
{
    public async Task<IReadOnlyList<Problem>> FindAsync(Plan plan, CancellationToken cancellationToken)
    {
        List<Problem> problems = [];
        var all = plan.Lanes.SelectMany(lane => lane.Steps).Where(step => step.Action is SwapSchemas).ToList();
        var swaps = all.DistinctBy(step => step.Target).ToList();
        foreach (var several in all.GroupBy(step => step.Target).Where(group => group.Key.OwnDatabase && group.Count() > 1))
            problems.Add(SwapPreflight.OneAfterTheOther(
                new SwapTarget(several.Key, [.. several.Select(step => ((SwapSchemas)step.Action).Module)])));
        problems.AddRange(swaps.Where(swap => swap.Target.SharesDatabase).Select(swap => DatabaseProblem.Shared(swap.Target)));
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(swaps.Where(swap => swap.Target.OwnDatabase), options, async (swap, token) =>
        {
            var found = await OfAsync(swap, token);
            lock (problems) problems.AddRange(found);
        });
        return problems;
    }

    private async Task<List<Problem>> OfAsync(UpgradeStep swap, CancellationToken cancellationToken)
    {
        var (target, module) = (swap.Target, ((SwapSchemas)swap.Action).Module);
        List<Problem> problems = [];
        if (module.Carries.Count > 0) problems.Add(DatabaseProblem.Carries(target, module));
        if (BesideNames.IsTooLong(target.DatabaseName)) return [.. problems, DatabaseProblem.NameTooLong(target)];
        try
        {
            using var slot = await limits.EnterAsync(target.Server, target.Database, cancellationToken);
            await using var live = await Connections.OpenForReadingAsync(target.Database, settings, WaitFor.Room, cancellationToken);
            var state = await LiveDatabase.ReadAsync(live, [], settings.ApplicationName, cancellationToken);
            problems.AddRange(state.Problems(target));
            if (state.Settings.Count > 0) problems.Add(DatabaseProblem.Settings(target, state.Settings));
            if (state.Sessions.Length > 0 && state.NotEndable.Length == 0) problems.Add(DatabaseProblem.Connected(target, state.Sessions));
            problems.AddRange(await LeftoversAsync(live, swap, cancellationToken));
            if (!module.CatchesUp && await NotLockableAsync(live, cancellationToken) is { Count: > 0 } tables)
                problems.Add(DatabaseProblem.NotLockable(target, tables));
            problems.AddRange(await ElsewhereAsync(target, cancellationToken));
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            problems.Add(ConnectionProblem.WhileReading(target, e));
        }
        return problems;
    }

    /// <summary>An unfinished build of the same step is no leftover: the run goes on with it, or begins again.</summary>
    private async Task<IEnumerable<Problem>> LeftoversAsync(NpgsqlConnection live, UpgradeStep swap, CancellationToken cancellationToken)
    {
        var target = swap.Target;
        var kept = await KeptDatabases.ReadAsync(live, target.DatabaseName, cancellationToken);
        if (kept.Any(one => one.Place == KeptPlace.Next) && await NextDatabase.FindAsync(
            live, swap with { Target = BesideTarget.NextOf(target) }, settings, cancellationToken) != NextSchemaState.Foreign)
            kept = [.. kept.Where(one => one.Place != KeptPlace.Next)];
        return kept.Select(one => DatabaseProblem.NameTaken(target, one));
    }

    private static async Task<IReadOnlyList<string>> NotLockableAsync(NpgsqlConnection live, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("""
            SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND NOT pg_catalog.starts_with(n.nspname, 'pg_')
              AND n.nspname <> 'information_schema' AND NOT pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')
            ORDER BY 1 LIMIT 20
            """, live) { CommandTimeout = Sql.LimitOf(live) };
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<string> tables = [];
        while (await reader.ReadAsync(cancellationToken)) tables.Add(reader.GetString(0));
        return tables;
    }

    private async Task<IReadOnlyList<Problem>> ElsewhereAsync(Target target, CancellationToken cancellationToken)
    {
        try
        {
            await using var elsewhere = await Connections.TryOpenForReadingAsync(
                ExistingDatabase.Elsewhere(target), settings, cancellationToken);
            return [];
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            return [DatabaseProblem.NoneElsewhere(target, SqlErrors.Describe(e))];
        }
    }
}
