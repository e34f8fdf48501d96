using System.CommandLine;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Declares the version of existing databases. Runs nothing.</summary>
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
        var instances = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var version = context.Version("baseline", context.Value(Version));
        var useCase = new BaselineUseCase(version, context.Value(Replace))
        {
            Instances = instances,
            SkipUnreachable = context.Value(shared.SkipUnreachable),
            IsDryRun = context.Value(shared.DryRun),
            WrongRequest = context.Problems,
        };
        return await context.Flow.RunAsync(useCase, new StepsScreen(context, useCase));
    }
}
