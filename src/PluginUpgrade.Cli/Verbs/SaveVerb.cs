using System.CommandLine;
using System.Threading.Channels;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Reports;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;
using PluginUpgrade.Upgrades;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Saves the schemas of the installation and of every instance, or only named instances.</summary>
public static class SaveVerb
{
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Option<bool> InstallationOnly = new("--installation-only")
    {
        Description = "Only the installation, no instance.",
    };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Show what would be saved and how large it is. Saves nothing.",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("save", "Save the installation and its instances, or only the named instances.")
        {
            SharedOptions.Instances, InstallationOnly, shared.SkipUnreachable, shared.Parallel, DryRun,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var instances = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var installationOnly = context.Value(InstallationOnly);
        GoalOptions.CheckInstallationAlone(context, installationOnly, instances);
        var useCase = new SaveUseCase(instances, installationOnly, context.Value(shared.SkipUnreachable), context.Problems)
        {
            IsDryRun = context.Value(DryRun),
        };
        return context.Flow.RunAsync(useCase, new Screen(context, useCase));
    }

    private sealed class Screen(VerbContext context, SaveUseCase useCase) : IScreen<SavePlan?>
    {
        private readonly Output _output = context.Output;

        public int ShowPlan(Prepared<SavePlan?> prepared)
        {
            SaveResult.WouldBe(_output, prepared.Plan!, prepared.State.Settings.Save.Directory);
            return 0;
        }

        public async Task<int> ReportAsync(Prepared<SavePlan?> prepared, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run)
        {
            var report = new SaveReport(_output);
            var reporting = new Reporting([report], (_, e) =>
                _output.WriteProgress($"warning: the progress of the save cannot be shown: {e.Message}"));
            try
            {
                var outcome = await run(reporting.Writer);
                await EndAsync();
                SaveResult.Taken(_output, useCase.Taken!);
                return outcome.ExitCode;
            }
            catch (OperationCanceledException) when (context.Signals.Stop.IsCancellationRequested)
            {
                await EndAsync();
                if (_output.IsJson) _output.Json(Outcome.Stopped, 130, []);
                _output.WriteProgress("stopped: nothing was saved.");
                return 130;
            }
            finally
            {
                await EndAsync();
            }

            async Task EndAsync()
            {
                await reporting.EndAsync();
                report.End();
            }
        }
    }
}
