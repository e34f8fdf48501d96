using System.CommandLine;
using PluginUpgrade.Loading;
using PluginUpgrade.Upgrades.UseCases;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Accepts a module's changed file as the applied one, in the journals of the targets that applied it.</summary>
public static class AcceptVerb
{
    private const int LongestReason = 1000;

    private static readonly InstanceFilterOptions InstanceFilter = new();
    private static readonly Argument<string> Version = SharedOptions.NoOption(
        new Argument<string>("V") { Description = "The module's version, such as 1.002." });
    private static readonly Option<string> Reason = new("--reason")
    {
        Description = "Why the change is harmless. The journals record it with your name.",
        HelpName = "TEXT",
    };

    public static Command Create(SharedOptions shared)
    {
        var verb = new Command("accept", "Accept the changed file of a module that was applied. Runs nothing.")
        {
            Version, SharedOptions.Instances, Reason, RunVerb.Component, shared.SkipUnreachable, shared.Parallel, shared.DryRun,
        };
        InstanceFilter.AddTo(verb);
        return verb.Does(shared, context => RunAsync(context, shared));
    }

    private static async Task<int> RunAsync(VerbContext context, SharedOptions shared)
    {
        var instances = InstanceFilter.Read(context, context.Value(SharedOptions.Instances) ?? []);
        var useCase = new AcceptUseCase(Module(context), ReasonOf(context))
        {
            Instances = instances,
            SkipUnreachable = context.Value(shared.SkipUnreachable),
            IsDryRun = context.Value(shared.DryRun),
            WrongRequest = context.Problems,
        };
        return await context.Flow.RunAsync(useCase, new StepsScreen(context, useCase));
    }

    /// <summary>The module in the drop folder. Null, with a problem added, if there is none or if it has errors.</summary>
    private static UpgradeModule? Module(VerbContext context)
    {
        var text = context.Value(Version)!;
        if (context.Version("accept", text) is not { } version) return null;
        var component = context.Value(RunVerb.Component) ?? "";
        var catalogue = ModulesAndDeclarations.Read(context.Settings);
        var found = catalogue.Modules.Where(module => module.Version == version && module.Component == component).ToList();
        var wrong = catalogue.Problems.Where(problem => problem.Component == component && problem.Version == version)
            .Select(problem => problem.Problem).Errors().Distinct().ToList();
        context.Problems.AddRange(wrong);
        if (found.Count == 0 && wrong.Count == 0) context.Problems.Add(RunVerb.NoModule(text, component));
        return wrong.Count == 0 ? found.FirstOrDefault() : null;
    }

    private static string ReasonOf(VerbContext context)
    {
        var reason = (context.Value(Reason) ?? "").Trim();
        if (reason.Length is > 0 and <= LongestReason) return reason;
        context.Problems.Add(new Problem("KU-1130", "accept",
            reason.Length == 0 ? "No reason was given. The journals record who accepted a changed module, and why."
                : $"The reason has {reason.Length} characters; at most {LongestReason} are allowed.",
            reason.Length == 0 ? "Add it: --reason 'only a comment was changed'" : "Shorten it."));
        return "";
    }
}
