using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Saves.Restoring;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>Carries out a restore: makes databases that are missing, takes the run's lock, and restores targets side by side.</summary>
public sealed class RestoreRun(Situation situation, Guid runId, TimeProvider time)
{
    /// <exception cref="UpgradeException">Refused: another run is at work, or a database cannot be made.</exception>
    public async Task<RunOutcome> RunAsync(
        RestorePlan plan, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort)
    {
        var installation = situation.Installation;
        foreach (var missing in plan.Restores.Where(restore => !restore.Task.IsWholeDatabase && IsMissing(restore.Target))
            .DistinctBy(restore => (restore.Target.Server, restore.Target.DatabaseName)))
            await MakeDatabaseAsync(missing.Task, abort);
        // Where the installation's database is missing, and stays so, there is nobody who could be at work on all of it.
        var hasLock = !installation.DatabaseMissing || plan.Restores.Any(restore => restore.Target == installation.Target);
        await using var runLock = hasLock
            ? await RunLock.AcquireAsync(installation.Target, situation.Connection, time, abort) : null;
        SeededFault.Point("restore begun");
        using var gates = new ServerGates(situation.Settings.Run.PerServer, situation.Connection.Servers);
        var tasks = plan.Restores.ToDictionary(restore => restore.Target, restore => restore.Task);
        var lanes = new RestoreLane(situation, plan.Save.Id, target => tasks[target], gates, events, time);
        return await new Runner(lanes.RunAsync, situation.Settings.Run.Parallel, null, events, time)
            .RunAsync(runId, PlanOf(plan), isDryRun: false, stop, abort);
    }

    private static Plan PlanOf(RestorePlan plan) => new([new Stage($"restore from {plan.Save.Id}", [.. plan.Restores.Select(Lane)])]);

    private static Lane Lane(PlannedRestore restore) => new(restore.Target,
    [
        new Restore
        {
            Version = UpgradeVersion.TryParse(restore.Then ?? "", out var version) ? version : UpgradeVersion.Zero,
        },
    ]);

    private bool IsMissing(Target target) => situation.Facts.Any(facts => facts.Target == target && facts.DatabaseMissing);

    private async Task MakeDatabaseAsync(RestoreTask task, CancellationToken cancellationToken)
    {
        try
        {
            await using var elsewhere = await Connections.OpenForReadingAsync(
                DatabasePlace.Elsewhere(task.Target), situation.Connection, WaitFor.Return, cancellationToken);
            var options = task.Archive.Database.OptionsFor(elsewhere.PostgreSqlVersion);
            await using var make = new NpgsqlCommand(
                $"CREATE DATABASE {PostgresName.Quote(task.Target.DatabaseName)}{options}", elsewhere)
            {
                CommandTimeout = 0,
            };
            await make.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            throw new UpgradeException(ConnectionProblem.Of(task.Target, e), e);
        }
    }
}
