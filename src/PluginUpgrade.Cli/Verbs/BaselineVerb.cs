using System.CommandLine;
using PluginUpgrade.Planning;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Declares where existing databases stand. Runs nothing.</summary>
public static class BaselineVerb
{
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Argument<string> Version = SharedOptions.NoOption(
        new Argument<string>("V") { Description = "The version that the databases have now." });

    private static readonly Option<bool> Replace = new("--replace")
    {
        Description = "Correct rows that only record a version, beyond the last step that ran.",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("baseline", "Declare the version of existing databases. Runs nothing.")
        {
            Version, SharedOptions.Instances, Replace, shared.SkipUnreachable, shared.Parallel, shared.Yes, shared.DryRun,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var choice = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var version = context.Version("baseline", context.Value(Version));
        var state = await context.ReadFreeStateAsync(
            choice, installationOnly: false, changes: !context.Value(shared.DryRun));
        List<Problem> problems = [.. state.TargetProblems(context.Value(shared.SkipUnreachable))];
        var instances = state.PlannableInstances();
        var (plan, refusals) = version is null ? (Plan.Empty, []) : ManualPlanner.Baseline(
            state.Catalogue.Modules, choice.OnlyInstances ? null : InstallationState.Progress(state.Installation),
            instances, version.Value, context.Value(Replace));
        problems.AddRange(refusals);
        problems.AddRange(VerbContext.Held(state));
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(problems);
        context.Output.NameServers();
        context.Output.Warn(problems);
        var options = new RunOptions(context.Value(shared.DryRun), WholeInstallation: false);
        if (!plan.IsEmpty)
            return await ReportedRun.RunAsync(context, state, plan, options);
        return ReportedRun.NothingToDo(context, state, choice);
    }
}
