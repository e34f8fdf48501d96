using System.CommandLine;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>
/// New program files alone, on a host that shares the databases with others. No database is changed; the installation's is asked whether it
/// is of that version, where it can be reached.
/// </summary>
public static class FilesVerb
{
    private static readonly Option<string> To = new("--to")
    {
        Description = "Install them only if they are not newer than this version (default: install what the payload folder holds).",
        HelpName = "V",
    };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show what would be done. Changes nothing." };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("files",
            "Install new program files on this machine only, after the databases were upgraded from another machine.")
        {
            To, DryRun, shared.Yes, shared.ExitCode,
        };
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var changes = !context.Value(DryRun);
        var to = context.Version("--to", context.Value(To));
        var state = await context.ReadStateAsync(InstanceFilter.All, installationOnly: true);
        var run = new FilesRun(state, context.RunId, TimeProvider.System);
        // Before the files are looked at: a process that was killed in them may have left any state.
        if (changes && context.Problems.Count == 0)
        {
            context.Begin();
            await run.RecoverAsync(context.Signals.Abort);
        }
        var plan = Planned(state, to);
        var (compared, inTheWay) = state.Files.Compare(plan.Plan);
        plan = plan with { Plan = compared };
        List<Problem> problems = [.. state.Problems, .. plan.Problems, .. inTheWay];
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        context.Output.NameServers(isResult: !changes);
        context.Output.Warn(problems);
        if (!changes) return Show(context, shared, plan, problems);
        if (plan.Plan.IsEmpty) return NothingToDo(context, state);
        Confirm(context, shared, plan.Doubt);
        return await ReportedRun.RunAsync(context, state.Settings, isDryRun: false,
            events => run.RunAsync(plan.Plan, events, context.Signals.Stop, context.Signals.Abort));
    }

    private static FilesPlan Planned(InstallationState state, UpgradeVersion? to)
    {
        var facts = state.Installation;
        return FilesPlanner.Plan(
            state.Files.Reading, state.Files.Record, facts.Target,
            facts.Unreachable is null && !facts.DatabaseMissing ? InstallationState.Progress(facts) : null,
            to, state.Settings.Installation.Payload);
    }

    private static int Show(VerbContext context, SharedOptions shared, FilesPlan plan, List<Problem> problems)
    {
        if (plan.Doubt is { } doubt) context.Output.Warn([doubt]);
        return PlanVerb.Show(
            context, shared, plan.Plan, plan.Doubt is null ? problems : [.. problems, plan.Doubt], [], OperatorHooks.None);
    }

    private static void Confirm(VerbContext context, SharedOptions shared, Problem? doubt)
    {
        if (doubt is null) return;
        if (context.Value(shared.Yes)) context.Output.Warn([doubt]);
        else if (!Question.Confirmed(context.Output, $"{doubt.Message} Install the program files anyway?"))
            throw new UpgradeException(doubt with { Severity = Severity.Error });
    }

    private static int NothingToDo(VerbContext context, InstallationState state)
    {
        var version = FilesPlanner.VersionOf(state.Files.Record)?.Text ?? "no payload";
        return ReportedRun.NothingToDo(context.Output, $"Nothing to do: this machine's program files are of {version}.");
    }
}
