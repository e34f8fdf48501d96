using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>A step of the plan whose module requires something, by declaration or by its check.</summary>
/// <param name="IsNext">
/// Whether nothing that runs before it in the plan could change the answer: it is the target's next step, and no installation step comes
/// before it in the same database. Then a no refuses the upgrade; else it is asked right before the step.
/// </param>
public sealed record Precondition(UpgradeStep Step, bool IsNext)
{
    public RunModule Run => (RunModule)Step.Action;

    public UpgradeModule Module => Run.Module;

    /// <summary>Of all steps of the plan, in its order.</summary>
    public static IReadOnlyList<Precondition> Of(Plan plan)
    {
        if (!plan.Modules.Any(module => module.Requirements.Count > 0 || module.ChecksInstallation || module.ChecksInstance)) return [];
        List<Precondition> found = [];
        HashSet<Target> begun = new(ReferenceEqualityComparer.Instance);
        HashSet<(string, string)> byInstallation = [];
        foreach (var lane in plan.Lanes)
        {
            var (target, database) = (lane.Target, (lane.Target.Server, lane.Target.DatabaseName));
            foreach (var step in lane.Steps)
            {
                if (step.Action is not RunModule { Module: var module }) continue;
                if (module.Requirements.Count > 0 || module.Checks(target.Scope))
                    found.Add(new Precondition(step, !begun.Contains(target) && !byInstallation.Contains(database) && !target.ToBeMade));
                begun.Add(target);
                if (target.Scope == Scope.Installation) byInstallation.Add(database);
            }
        }
        return found;
    }

    /// <summary>
    /// The version that the step requires and that neither the target has nor the plan leads through: no other step can bring it.
    /// </summary>
    /// <param name="modules">Of the drop folder.</param>
    public UpgradeVersion? MissingVersion(IReadOnlyList<UpgradeModule> modules)
    {
        foreach (var required in Module.Requirements.OfType<Requirement.AtLeast>())
            if (Step.PlannedAt < required.Version && !IsPassed(required.Version, modules)) return required.Version;
        return null;
    }

    /// <summary>A module by hand is alone: then only what the target has counts.</summary>
    private bool IsPassed(UpgradeVersion required, IReadOnlyList<UpgradeModule> modules) => !Run.ByHand && modules.Any(module =>
        module.Component == Step.Component && module.Version >= required && module.Version < Step.Version);
}
