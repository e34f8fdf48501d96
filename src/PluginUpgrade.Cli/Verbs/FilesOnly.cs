using System.CommandLine;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>
/// --files-only of upgrade and plan: the payload's program files on a host that shares the databases with others. No database is changed;
/// the installation's is asked whether it is of that version, where it can be reached.
/// </summary>
public static class FilesOnly
{
    public static Option<bool> Option { get; } = new("--files-only")
    {
        Description = "Lay the payload's program files over on this host, and touch no database: for the other hosts of an installation.",
    };

    /// <param name="changes">False: only show what would be done.</param>
    public static async Task<int> RunAsync(VerbContext context, SharedOptions shared, InstanceFilter choice, Goal goal, bool changes)
    {
        if (choice.OnlyInstances || choice.Excluded.Count > 0 || goal.InstallationOnly || goal.SkipInstallation || goal.From is not null)
            context.Problems.Add(new Problem("KU-7130", "--files-only",
                "It touches no database: instances, their choice and --from mean nothing beside it.", "Leave out one or the other."));
        var state = await context.ReadStateAsync(InstanceFilter.All, installationOnly: true);
        // Before the files are looked at: a host that was killed in them may have left any state.
        if (changes && context.Problems.Count == 0)
        {
            context.Begin();
            await new UpgradeRun(state, context.RunId, TimeProvider.System).RecoverFilesAloneAsync(context.Signals.Abort);
        }
        var plan = Planned(state, goal.To);
        var (compared, inTheWay) = state.Files.Compare(plan.Plan);
        plan = plan with { Plan = compared };
        List<Problem> problems = [.. state.Problems, .. plan.Problems, .. inTheWay];
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        context.Output.NameServers(isResult: !changes);
        context.Output.Warn(problems);
        if (!changes) return Show(context, shared, state, plan, problems);
        if (plan.Plan.IsEmpty) return NothingToDo(context, state);
        Confirm(context, shared, plan.Doubt);
        return await ReportedRun.RunAsync(
            context, state, plan.Plan, new RunOptions(IsDryRun: false, WholeInstallation: false, FilesOnly: true));
    }

    private static FilesPlan Planned(InstallationState state, UpgradeVersion? to)
    {
        var facts = state.Installation;
        return FilesPlanner.Plan(
            state.Files.Reading, state.Files.Record, facts.Target,
            facts.Unreachable is null && !facts.DatabaseMissing ? InstallationState.Progress(facts) : null,
            to, state.Settings.Installation.Payload);
    }

    private static int Show(VerbContext context, SharedOptions shared, InstallationState state, FilesPlan plan, List<Problem> problems)
    {
        if (plan.Doubt is { } doubt) context.Output.Warn([doubt]);
        return PlanVerb.Show(
            context, shared, state, plan.Plan, plan.Doubt is null ? problems : [.. problems, plan.Doubt], [], OperatorHooks.None);
    }

    private static void Confirm(VerbContext context, SharedOptions shared, Problem? doubt)
    {
        if (doubt is null) return;
        if (context.Value(shared.Yes)) context.Output.Warn([doubt]);
        else if (!Question.Confirmed(context.Output, $"{doubt.Message} Lay the program files over nevertheless?"))
            throw new UpgradeException(doubt with { Severity = Severity.Error });
    }

    private static int NothingToDo(VerbContext context, InstallationState state)
    {
        var version = FilesPlanner.VersionOf(state.Files.Record)?.Text ?? "no payload";
        return ReportedRun.NothingToDo(context.Output, $"Nothing to do: this host's program files are of {version}.");
    }
}
