using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Restores.Replacing;
using PluginUpgrade.Running;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>Performs a restore: takes the run's lock, creates missing databases, and restores targets in parallel.</summary>
public sealed class RestoreRun(InstallationState state, RunIdentity run)
{
    /// <exception cref="UpgradeException">Refused: another run is working, or a database cannot be created.</exception>
    public async Task<RunOutcome> RunAsync(
        RestorePlan plan, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort)
    {
        var installation = state.Installation;
        var missing = plan.Restores.Where(restore => !restore.Task.IsWholeDatabase && IsMissing(restore.Target))
            .DistinctBy(restore => DatabaseOf(restore.Target)).ToList();
        // The run's lock is in the installation's database, so only that one is created before it.
        foreach (var own in missing.Where(restore => IsInstallations(restore.Target))) await MakeDatabaseAsync(own.Task, plan, abort);
        // If the installation's database is missing, and stays so, nobody can be working on the whole installation.
        var hasLock = !installation.DatabaseMissing || plan.Restores.Any(restore => restore.Target == installation.Target);
        await using var runLock = hasLock
            ? await RunLock.AcquireAsync(installation.Target, state.Connection, run.Time, abort) : null;
        foreach (var other in missing.Where(restore => !IsInstallations(restore.Target)))
            await MakeDatabaseAsync(other.Task, plan, abort);
        SeededFault.Point("restore begun");
        using var limits = new ServerLimits(Math.Min(state.Settings.Run.PerServer, plan.SideBySide), state.Connection.Servers);
        var tasks = plan.Restores.ToDictionary(restore => restore.Target, restore => restore.Task);
        var settings = state.Settings.Run;
        var context = new RestoreContext(
            plan.Save.Id, state.Connection, settings.SearchPath, Math.Min(Environment.ProcessorCount, settings.PerServer), run.Time);
        var lanes = new RestoreLane(context, target => tasks[target], limits, events);
        return await new Runner(RunAsync, settings.Parallel, null, events, run.Time)
            .RunAsync(run.Id, PlanOf(plan), isDryRun: false, stop, abort);

        async Task<LaneOutcome> RunAsync(Lane lane, CancellationToken stopLane, CancellationToken abortLane)
        {
            if (runLock is null || await runLock.FindLossAsync() is not { } loss) return await lanes.RunAsync(lane, stopLane, abortLane);
            events.TryWrite(new UpgradeEvent.LaneFailed(lane, loss));
            return new LaneOutcome(lane.Target, 0, 0, lane.Count, loss);
        }
    }

    private static Plan PlanOf(RestorePlan plan) => new(
    [
        .. plan.Restores.GroupBy(restore => restore.Task.Stage).OrderBy(stage => stage.Key)
            .Select(stage => new Stage($"restore from {plan.Save.Id}", [.. stage.Select(Lane)])),
    ]);

    private static Lane Lane(PlannedRestore restore) => new(restore.Target,
    [
        new Restore
        {
            Version = UpgradeVersion.TryParse(restore.Then ?? "", out var version) ? version : UpgradeVersion.Zero,
        },
    ]);

    private bool IsMissing(Target target) => state.Targets.Any(one => one.Target == target && one.DatabaseMissing);

    private static (string, string) DatabaseOf(Target target) => (target.Server, target.DatabaseName);

    private bool IsInstallations(Target target) => DatabaseOf(target) == DatabaseOf(state.Installation.Target);

    /// <summary>
    /// Creates the database as it was: with its owner, rights and settings, and with the extensions that its schemas use.
    /// </summary>
    private async Task MakeDatabaseAsync(RestoreTask task, RestorePlan plan, CancellationToken cancellationToken)
    {
        try
        {
            await using var elsewhere = await Connections.OpenForReadingAsync(
                ExistingDatabase.Elsewhere(task.Target), state.Connection, WaitFor.Return, cancellationToken);
            var options = task.Archive.Database.OptionsFor(elsewhere.PostgreSqlVersion);
            await using var make = new NpgsqlCommand(
                $"CREATE DATABASE {PostgresName.Quote(task.Target.DatabaseName)}{options}", elsewhere)
            {
                CommandTimeout = 0,
            };
            await make.ExecuteNonQueryAsync(cancellationToken);
            var name = PostgresName.Quote(task.Target.DatabaseName);
            try
            {
                foreach (var property in task.Archive.Database.Properties)
                    await Sql.ExecuteAsync(elsewhere, property.Sql(task.Target.DatabaseName), cancellationToken);
                await MakeExtensionsAsync(task.Target, [.. plan.Restores.Select(restore => restore.Task)
                    .Where(one => DatabaseOf(one.Target) == DatabaseOf(task.Target))], cancellationToken);
            }
            catch
            {
                // The database did not exist before.
                await Sql.ExecuteAsync(elsewhere, $"DROP DATABASE {name} WITH (FORCE)", CancellationToken.None);
                throw;
            }
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            throw new UpgradeException(ConnectionProblem.Of(task.Target, e), e);
        }
    }

    private async Task MakeExtensionsAsync(Target target, IReadOnlyList<RestoreTask> tasks, CancellationToken cancellationToken)
    {
        var extensions = tasks.SelectMany(one => one.Sharing.Prepend(one.Saved)).SelectMany(saved => saved.Extensions).Distinct().ToList();
        if (extensions.Count == 0) return;
        await using var connection = await Connections.OpenForReadingAsync(
            target.Database, state.Connection, WaitFor.Return, cancellationToken);
        foreach (var extension in extensions)
        {
            await Sql.ExecuteAsync(connection, $"CREATE SCHEMA IF NOT EXISTS {PostgresName.Quote(extension.Schema)}", cancellationToken);
            await using var available = new NpgsqlCommand(
                "SELECT EXISTS (SELECT FROM pg_catalog.pg_available_extension_versions WHERE name = $1 AND version = $2)", connection)
            {
                Parameters = { new() { Value = extension.Name }, new() { Value = extension.Version } },
            };
            var version = await available.ExecuteScalarAsync(cancellationToken) is true
                ? $" VERSION {PostgresName.Quote(extension.Version)}" : "";
            await Sql.ExecuteAsync(connection, $"CREATE EXTENSION IF NOT EXISTS {PostgresName.Quote(extension.Name)} " +
                $"SCHEMA {PostgresName.Quote(extension.Schema)}{version} CASCADE", cancellationToken);
        }
    }
}
