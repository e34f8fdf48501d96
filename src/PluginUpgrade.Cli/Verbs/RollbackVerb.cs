using System.CommandLine;
using System.Threading.Channels;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Upgrades;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Goes back over a side-by-side upgrade of named instances.</summary>
public static class RollbackVerb
{
    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Argument<string[]> Instances = SharedOptions.NoOption(new Argument<string[]>("INSTANCE")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "The instances; at least one must be named, or selected by an option.",
    });

    private static readonly Option<bool> DryRun = new("--dry-run")
    {
        Description = "Check, and show what would be undone. Changes nothing.",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("rollback", "Go back over the last side-by-side upgrade of the named instances.")
        {
            Instances, shared.Parallel, shared.Yes, DryRun,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var instances = InstanceFilter.Read(context, context.Value(Instances) ?? []);
        if (!instances.OnlyInstances)
            context.Problems.Add(new Problem("KU-8050", "rollback", "No instance is named.",
                $"Name the instances. See what is kept: {NextCommand.Of("status")}"));
        var useCase = new RollbackUseCase(instances, context.Problems) { IsDryRun = context.Value(DryRun) };
        return context.Flow.RunAsync(useCase, new Screen(context));
    }

    private sealed class Screen(VerbContext context) : IScreen<Plan>
    {
        public int ShowNothingToDo(Prepared<Plan> prepared) =>
            NothingToDo.Show(context.Output, "Nothing to do: no active instance is selected.");

        public int ShowPlan(Prepared<Plan> prepared)
        {
            RollbackResult.WouldBe(context.Output, prepared.Plan);
            return 0;
        }

        public void ShowSummary(Prepared<Plan> prepared) => RollbackResult.Ask(context.Output, prepared.Plan);

        public Task<int> ReportAsync(Prepared<Plan> prepared, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run) =>
            ReportedRun.RunAsync(context, prepared.State.Settings, run,
                (_, outcome, log) => RollbackResult.Tell(context.Output, prepared.Plan, outcome, log));
    }
}
