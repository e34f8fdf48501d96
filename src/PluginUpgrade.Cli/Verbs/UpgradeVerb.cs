using System.CommandLine;
using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Upgrades the installation and its instances, or named instances alone. Also what the program does without a verb.</summary>
public static class UpgradeVerb
{
    private static readonly GoalOptions Goal = new();
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly SaveOptions Save = new();
    private static readonly Option<string> StopAfterFailures = new("--stop-after-failures")
    {
        Description = "Stop after N failed targets, or when more than a share has failed (5 %).",
        HelpName = "N",
    };

    /// <summary>Of earlier releases.</summary>
    private static readonly Option<bool> FilesOnly = new("--files-only") { Hidden = true };

    public static void AddTo(RootCommand root, SharedOptions shared)
    {
        AddOptions(root, shared);
        root.Does(shared, context => RunAsync(context, shared, []));
    }

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("upgrade", "Upgrade the installation and its instances, or only the named instances (the default verb).")
        {
            SharedOptions.Instances,
        };
        AddOptions(verb, shared);
        return verb.Does(shared, context => RunAsync(context, shared, context.Value(SharedOptions.Instances) ?? []));
    }

    private static void AddOptions(Command command, SharedOptions shared)
    {
        Goal.AddTo(command);
        InstanceFilter.AddTo(command);
        Save.AddTo(command);
        Option[] options =
        [
            shared.SkipUnreachable, shared.Parallel, StopAfterFailures, shared.DryRun, shared.Yes, PlanOptions.Plan, FilesOnly,
        ];
        foreach (var option in options) command.Add(option);
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared, string[] names)
    {
        if (context.Value(FilesOnly))
            throw new UpgradeException(new Problem("KU-7130", "--files-only", "This option is a verb now.",
                "Run: krang-upgrade files"));
        var reviewed = Reviewed(context, shared, names);
        var choice = reviewed is null ? InstanceFilter.Read(context, names) : PlanOptions.Filter(reviewed.Request);
        var goal = reviewed is null ? Goal.Read(context, choice) : PlanOptions.Goal(reviewed.Request);
        var budget = Budget(context);
        var rule = reviewed?.Request.Save ?? Save.Read(context);
        var dryRun = context.Value(shared.DryRun);
        var skipUnreachable = reviewed?.Request.SkipUnreachable ?? context.Value(shared.SkipUnreachable);
        var state = await context.ReadFreeStateAsync(
            choice, goal.InstallationOnly, IsDone, new ContentsQuestion(Sizes: goal.Atomic), changes: !dryRun);
        var (plan, problems) = state.Plan(Planned(state), skipUnreachable);
        if (reviewed is not null && problems.All(problem => problem.Severity == Severity.Warning))
            problems = [.. problems, .. PlanOptions.Differences(reviewed, plan, state)];
        if (plan.IsEmpty && problems.All(problem => problem.Severity == Severity.Warning))
        {
            context.Output.NameServers();
            context.Output.Warn(problems);
            context.Begin();
            if (!goal.OnlyInstances && !dryRun)
                await new UpgradeRun(state, context.RunId, TimeProvider.System).RecoverFilesAsync(context.Signals.Abort);
            return ReportedRun.NothingToDo(context, state, choice);
        }
        var whole = !choice.OnlyInstances && !goal.InstallationOnly;
        var found = await context.CheckAsync(state, plan, problems, VerbContext.Held(state), everything: false, whole);
        context.Output.NameServers();
        context.Output.Warn(found.Problems);
        var options = new RunOptions(dryRun, WholeInstallation: !choice.OnlyInstances, rule)
        {
            WithHooks = true,
            Modules = found.Modules,
        };
        return await ReportedRun.RunAsync(context, state, plan, options, budget);

        // What failed depends on more than the journals: there might be a lock.
        bool IsDone(InstallationState known) =>
            !choice.OnlyFailed && known.Plan(Planned(known), skipUnreachable) is { Plan.IsEmpty: true, Problems: [] };

        Goal Planned(InstallationState known) => dryRun
            && reviewed is null ? goal with { Order = StepOrder.InstallationFirst } : goal with { Waves = known.Waves };
    }

    /// <summary>The plan that is to be run; null where none is named.</summary>
    private static PlanFile? Reviewed(VerbContext context, SharedOptions shared, string[] names)
    {
        if (context.Value(PlanOptions.Plan) is not { } file) return null;
        List<string> given = [.. names, .. context.Given([.. Goal.All, .. InstanceFilter.All, .. Save.All, shared.SkipUnreachable])];
        if (given.Count > 0) context.Problems.Add(PlanOptions.Alone(given));
        var read = PlanOptions.Read(file);
        var insecure = ObeyedFiles.FindOfPlan(context.Settings, file);
        context.Problems.AddRange(insecure.Where(problem => problem.Severity == Severity.Error));
        context.Output.Warn(insecure.Where(problem => problem.Severity == Severity.Warning));
        return read;
    }

    private static CountOrPercent? Budget(VerbContext context)
    {
        if (context.Value(StopAfterFailures) is not { } text) return null;
        if (CountOrPercent.TryParse(text, out var budget)) return budget;
        context.Problems.Add(new Problem("KU-1110", $"--stop-after-failures {text}",
            "This is neither a number above zero nor a share of at most 100 %.", "Write a number such as 3, or a share such as 5%."));
        return null;
    }
}
