using PluginUpgrade.Planning;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.Refusals;

/// <summary>A target whose schema is to be exchanged.</summary>
/// <param name="Modules">The plan's side-by-side modules for it, in order.</param>
internal sealed record SwapTarget(Target Target, IReadOnlyList<UpgradeModule> Modules)
{
    public string Live => Target.Schema;

    public IReadOnlyList<string> Carries => [.. Modules.SelectMany(module => module.Carries).Distinct()];

    /// <summary>Targets that are whole databases have other rules.</summary>
    public static IReadOnlyList<SwapTarget> Of(Plan plan) =>
    [
        .. from lane in plan.Lanes
           where !lane.Target.OwnDatabase
           let modules = lane.Actions.OfType<SideBySideAction>().Select(action => action.Module).Distinct().ToList()
           where modules.Count > 0
           group modules by lane.Target into same
           select new SwapTarget(same.Key, [.. same.SelectMany(modules => modules).Distinct()]),
    ];
}
