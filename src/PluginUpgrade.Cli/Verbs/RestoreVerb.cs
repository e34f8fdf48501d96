using System.CommandLine;
using System.Threading.Channels;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Restores;
using PluginUpgrade.Running;
using PluginUpgrade.Upgrades;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Restores the installation and its instances, or only named instances, from a save.</summary>
public static class RestoreVerb
{
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Option<string> Id = new("--save")
    {
        Description = "The save to use, by its ID or the start of it (default: the newest complete save that contains the targets).",
        HelpName = "ID",
    };

    private static readonly Option<bool> InstallationOnly = new("--installation-only")
    {
        Description = "Only the installation, no instance.",
    };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Verify, and show what would be replaced. Replaces nothing.",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("restore", "Restore the installation and its instances, or only the named instances, from a save.")
        {
            SharedOptions.Instances, Id, InstallationOnly, shared.Parallel, shared.Yes, DryRun,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var instances = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var installationOnly = context.Value(InstallationOnly);
        GoalOptions.CheckInstallationAlone(context, installationOnly, instances);
        var useCase = new RestoreUseCase(context.Value(Id), instances, installationOnly, context.Problems)
        {
            IsDryRun = context.Value(DryRun),
        };
        return context.Flow.RunAsync(useCase, new Screen(context));
    }

    private sealed class Screen(VerbContext context) : IScreen<RestorePlan?>
    {
        public int ShowNothingToDo(Prepared<RestorePlan?> prepared) =>
            NothingToDo.Show(context.Output, "Nothing to do: no active target is selected.");

        public int ShowPlan(Prepared<RestorePlan?> prepared)
        {
            RestoreResult.WouldBe(context.Output, prepared.Plan!);
            return 0;
        }

        public void ShowSummary(Prepared<RestorePlan?> prepared) => RestoreResult.Ask(context.Output, prepared.Plan!);

        public Task<int> ReportAsync(Prepared<RestorePlan?> prepared, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run) =>
            ReportedRun.RunAsync(context, prepared.State.Settings, run,
                (_, outcome, log) => RestoreResult.Tell(context.Output, prepared.Plan!, outcome, log));
    }
}
