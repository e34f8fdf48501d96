using System.CommandLine;
using PluginUpgrade.Checks;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Databases;
using PluginUpgrade.Instances;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Clears a failed or torn status, after the user has dealt with the cause. The step becomes pending again.</summary>
public static class ResetVerb
{
    private static readonly Argument<string> Name = SharedOptions.NoOption(
        new Argument<string>("INSTANCE") { Description = "The instance, or 'installation'." });

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("reset", "Clear a target's failed or torn status, after you have dealt with its cause.")
        {
            Name, shared.Yes, shared.DryRun,
        };
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var name = context.Value(Name)!;
        var own = name == "installation";
        var state = await context.Flow.ReadFreeAsync(
            new InstallationQuestion(own ? InstanceFilter.All : new InstanceFilter { Names = [name] }, context.Problems)
            {
                InstallationOnly = own,
            });
        var target = own ? state.Installation : state.Instances.FirstOrDefault();
        if (target is null || state.Problems.Count > 0) throw new UpgradeException(state.Problems);
        if (target.Unreachable is { } unreachable) throw new UpgradeException(unreachable);
        var inTheWay = JournalCheck.Find(target).Where(problem => problem.Code is "KU-3005" or "KU-3014")
            .Concat(RightsCheck.Find(target with { MayCreate = true })).ToList();
        if (inTheWay.Count > 0) throw new UpgradeException(inTheWay);
        var mend = target.JournalFaults.Any(fault => fault.Kind == JournalFaultKind.Key);
        context.Output.NameServers();
        var rows = target.Rows.Where(row => row.State is StepState.Failed or StepState.Running && !row.IsExpanded).ToList();
        if (rows.Count == 0 && !mend)
        {
            if (context.Output.IsJson) context.Output.Json(Outcome.NothingToDo, 0, [], new { Cleared = 0 });
            context.Output.WriteResult($"Nothing to do: {target.Target} has no failed or torn step.");
            return 0;
        }
        foreach (var row in rows)
            context.Output.WriteProgress(
                $"{target.Target} {row.Version} {(row.State == StepState.Failed ? "failed" : "did not finish")}: {row.Error}");
        if (mend) context.Output.WriteProgress($"{target.Target} The journal's generated key had lost its backslashes; it is repaired.");
        if (context.Value(shared.DryRun))
        {
            if (context.Output.IsJson) context.Output.Json(Outcome.DryRun, 0, [], new { Cleared = rows.Count });
            context.Output.WriteResult($"Dry run: {Words.Count(rows.Count, "step")} of {target.Target} would be cleared.");
            return 0;
        }
        if (rows.Any(row => row.State == StepState.Running) && !context.Value(shared.Yes) && !await context.ConfirmsAsync(
            "The step will run again from the beginning. Is the target in the state that it had before the step?", isGrave: true))
            throw new UpgradeException(NotConfirmed.Of($"{target.Target}", isGrave: true));
        context.OnBegin();
        var count = await ResetAsync(target.Target, state.Connection, mend, context.Signals.Abort);
        if (context.Output.IsJson) context.Output.Json(Outcome.Done, 0, [], new { Cleared = count });
        context.Output.WriteResult(
            $"Cleared {Words.Count(count, "step")} of {target.Target}. Next: {NextCommand.Of(own ? "" : $"upgrade {name}")}");
        return 0;
    }

    private static async Task<int> ResetAsync(Target target, ConnectionSettings settings, bool mend, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = await LaneSession.OpenAsync(
                target, settings, settings.LockTimeout, null, null, TimeProvider.System, cancellationToken);
            if (mend) await session.Journal.MendKeyAsync(session.Connection, cancellationToken);
            return await session.Journal.ResetAsync(session.Connection, target.Scope, cancellationToken);
        }
        catch (Npgsql.PostgresException e)
        {
            throw new UpgradeException(ConnectionProblem.Of(target, e), e);
        }
    }
}
