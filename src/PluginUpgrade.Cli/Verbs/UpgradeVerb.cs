using System.CommandLine;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Upgrades the installation and its instances, or only named instances. The default verb.</summary>
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

    /// <summary>An option of earlier releases.</summary>
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
                $"Run: {NextCommand.Of("files")}"));
        var reviewed = Reviewed(context, shared, names);
        var instances = reviewed?.Request.Filter() ?? InstanceFilter.Read(context, names);
        var useCase = new UpgradeUseCase
        {
            Instances = instances,
            Goal = reviewed?.Request.Goal() ?? Goal.Read(context, instances),
            Reviewed = reviewed,
            ReviewedFile = context.Value(PlanOptions.Plan) ?? "",
            Save = reviewed?.Request.Save ?? Save.Read(context),
            SkipUnreachable = reviewed?.Request.SkipUnreachable ?? context.Value(shared.SkipUnreachable),
            StopAfterFailures = Budget(context),
            IsDryRun = context.Value(shared.DryRun),
            WrongRequest = context.Problems,
        };
        return await context.Flow.RunAsync(useCase, new StepsScreen(context, useCase));
    }

    /// <summary>The plan of --plan; null without that option.</summary>
    private static PlanFile? Reviewed(VerbContext context, SharedOptions shared, string[] names)
    {
        if (context.Value(PlanOptions.Plan) is not { } file) return null;
        List<string> given = [.. names, .. context.Given([.. Goal.All, .. InstanceFilter.All, .. Save.All, shared.SkipUnreachable])];
        var read = PlanOptions.Read(file);
        if (given.Count > 0) context.Problems.Add(PlanOptions.Alone(given));
        var insecure = ObeyedFiles.FindOfPlan(context.Settings, file);
        context.Problems.AddRange(insecure.Errors());
        context.Output.Warn(insecure.Warnings());
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
