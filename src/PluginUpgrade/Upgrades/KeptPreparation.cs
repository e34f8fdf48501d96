using System.Collections.Concurrent;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;
using PluginUpgrade.Swaps.Kept;
using PluginUpgrade.Swaps.WholeDatabases;

namespace PluginUpgrade.Upgrades;

/// <summary>Plans what is done to kept schemas: looks at each target, several databases at the same time. Changes nothing.</summary>
internal sealed class KeptPreparation(InstallationState state)
{
    public Task<(Plan Plan, IReadOnlyList<Problem> Problems)> RollbackAsync(
        IEnumerable<TargetState> targets, CancellationToken cancellationToken) =>
        PlanAsync("rollback", targets, async (connection, target, token) =>
        {
            var (found, problems) = target.OwnDatabase
                ? await DatabaseRollbackCheck.FindAsync(connection, target, state.Connection, token)
                : await RollbackCheck.FindAsync(connection, target, token);
            return (found?.Action, problems);
        }, cancellationToken);

    public Task<(Plan Plan, IReadOnlyList<Problem> Problems)> PurgeAsync(
        IEnumerable<TargetState> targets, CancellationToken cancellationToken) =>
        PlanAsync("purge", targets, async (connection, target, token) =>
        {
            var (ours, problems) = target.OwnDatabase
                ? await DatabasePurgeCheck.FindAsync(connection, target, token) : await PurgeCheck.FindAsync(connection, target, token);
            return (ours.Count == 0 ? null : new PurgeKept([.. ours.Select(one => one.Name)]), problems);
        }, cancellationToken);

    private async Task<(Plan Plan, IReadOnlyList<Problem> Problems)> PlanAsync(
        string stage, IEnumerable<TargetState> targets,
        Func<NpgsqlConnection, Target, CancellationToken, Task<(StepAction? Action, IReadOnlyList<Problem> Problems)>> look,
        CancellationToken cancellationToken)
    {
        var meant = targets.Select(one => one.Target).ToList();
        ConcurrentDictionary<Target, StepAction> actions = new(ReferenceEqualityComparer.Instance);
        ConcurrentDictionary<Target, IReadOnlyList<Problem>> problems = new(ReferenceEqualityComparer.Instance);
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = Math.Min(state.Settings.Run.Parallel, state.Settings.Run.PerServer),
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(meant.GroupBy(target => target.Database), options, async (database, token) =>
        {
            foreach (var target in database) problems[target] = [];
            await LookAsync([.. database], async (connection, target) =>
            {
                var (action, found) = await look(connection, target, token);
                problems[target] = found;
                if (action is not null) actions[target] = action;
            }, (target, problem) => problems[target] = [problem], token);
        });
        List<Lane> lanes = [.. meant.Where(actions.ContainsKey).Select(target => new Lane(target, [actions[target]]))];
        return (lanes.Count == 0 ? Plan.Empty : new Plan([new Stage(stage, lanes)]), [.. meant.SelectMany(target => problems[target])]);
    }

    private async Task LookAsync(
        IReadOnlyList<Target> targets, Func<NpgsqlConnection, Target, Task> look, Action<Target, Problem> fail,
        CancellationToken cancellationToken)
    {
        var at = targets[0];
        try
        {
            using var slot = await state.Limits.EnterAsync(at.Server, at.Database, cancellationToken);
            await using var connection = await Connections.OpenForReadingAsync(
                at.Database, state.Connection, WaitFor.Room, cancellationToken);
            foreach (var target in targets) await look(connection, at = target);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            fail(at, ConnectionProblem.WhileReading(at, e));
        }
    }
}
