using System.CommandLine;
using System.Threading.Channels;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades;
using PluginUpgrade.Upgrades.UseCases;

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

    private static Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var to = context.Version("--to", context.Value(To));
        var useCase = new FilesUseCase(to, context.Problems) { IsDryRun = context.Value(DryRun) };
        context.IsResult = useCase.IsDryRun;
        return context.Flow.RunAsync(useCase, new Screen(context, shared, useCase));
    }

    private sealed class Screen(VerbContext context, SharedOptions shared, FilesUseCase useCase) : IScreen<Plan>
    {
        public int ShowNothingToDo(Prepared<Plan> prepared)
        {
            if (useCase.IsDryRun) return ShowPlan(prepared);
            return NothingToDo.Show(context.Output, FilesPlanner.VersionOf(prepared.State.Files.Record) is { } version
                ? $"Nothing to do: this machine's program files are of {version}."
                : "Nothing to do: no program files of a payload were installed on this machine.");
        }

        public int ShowPlan(Prepared<Plan> prepared) =>
            PlanVerb.Show(context, shared, prepared.Plan, prepared.Problems, [], OperatorHooks.None);

        public Task<int> ReportAsync(Prepared<Plan> prepared, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run) =>
            ReportedRun.RunAsync(context, prepared.State.Settings, isDryRun: false, run);
    }
}
