using System.CommandLine;
using System.Threading.Channels;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Upgrades;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Removes what side-by-side upgrades have kept.</summary>
public static class PurgeVerb
{
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Argument<string[]> Instances = SharedOptions.NoOption(new Argument<string[]>("INSTANCE")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "The instances; or --all.",
    });

    private static readonly Option<bool> All = new("--all") { Description = "Everything that is kept, of all instances." };

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Check, and show what would be removed. Removes nothing.",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("purge", "Remove what side-by-side upgrades have kept of the named instances, or of all.")
        {
            Instances, All, shared.Parallel, shared.Yes, DryRun,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var instances = InstanceFilter.Read(context, context.Value(Instances) ?? []);
        if (instances.OnlyInstances == context.Value(All))
            context.Problems.Add(new Problem("KU-8050", "purge", instances.OnlyInstances
                    ? "Instances are selected, and --all is given too." : "Neither an instance nor --all is given.",
                $"Name the instances, or use --all alone. See what is kept: {NextCommand.Of("status")}"));
        var useCase = new PurgeUseCase(instances, context.Problems) { IsDryRun = context.Value(DryRun) };
        return context.Flow.RunAsync(useCase, new Screen(context));
    }

    private sealed class Screen(VerbContext context) : IScreen<Plan>
    {
        public int ShowNothingToDo(Prepared<Plan> prepared) => NothingToDo.Show(context.Output, "Nothing to do: nothing is kept.");

        public int ShowPlan(Prepared<Plan> prepared)
        {
            PurgeResult.WouldBe(context.Output, prepared.Plan, prepared.State);
            return 0;
        }

        public void ShowSummary(Prepared<Plan> prepared) => PurgeResult.Ask(context.Output, prepared.Plan, prepared.State);

        public Task<int> ReportAsync(Prepared<Plan> prepared, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run) =>
            ReportedRun.RunAsync(context, prepared.State.Settings, run,
                (_, outcome, log) => PurgeResult.Tell(context.Output, outcome, log));
    }
}
