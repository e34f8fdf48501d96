using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>A step of the plan whose module has requirements: declared, or checked by its code.</summary>
/// <param name="IsNext">
/// Whether no earlier step of the plan can change the result: it is the target's first step, and no installation step runs before it in the
/// same database. If so, a failed check refuses the upgrade. Otherwise it is checked right before the step.
/// </param>
public sealed record Precondition(UpgradeStep Step, bool IsNext)
{
    public UpgradeModule Module => Step.Action.Runs!;

    /// <summary>The preconditions of all steps, in the order of the plan.</summary>
    public static IReadOnlyList<Precondition> Of(Plan plan)
    {
        if (!plan.Modules.Any(module => module.Requirements.Count > 0 || module.ChecksInstallation || module.ChecksInstance)) return [];
        List<Precondition> found = [];
        HashSet<Target> begun = new(ReferenceEqualityComparer.Instance);
        HashSet<(string, string)> byInstallation = [];
        foreach (var lane in plan.Lanes)
        {
            var (target, database) = (lane.Target, (lane.Target.Server, lane.Target.DatabaseName));
            UpgradeModule? before = null;
            foreach (var step in lane.Steps)
            {
                // The parts of a side-by-side module are one step here: its requirements are checked before the first part.
                if (step.Action.Runs is not { } module || module == before) continue;
                before = module;
                if (module.Requirements.Count > 0 || module.Checks(target.Scope))
                    found.Add(new Precondition(step, !begun.Contains(target) && !byInstallation.Contains(database) && !target.ToBeMade));
                begun.Add(target);
                if (target.Scope == Scope.Installation) byInstallation.Add(database);
            }
        }
        return found;
    }

    /// <summary>A version that the step requires, and that neither the target has nor an earlier step of the plan reaches.</summary>
    /// <param name="modules">The drop folder's modules.</param>
    public UpgradeVersion? MissingVersion(IReadOnlyList<UpgradeModule> modules)
    {
        foreach (var required in Module.Requirements.OfType<Requirement.AtLeast>())
            if (Step.PlannedAt < required.Version && !IsPassed(required.Version, modules)) return required.Version;
        return null;
    }

    /// <summary>The version right before the step, where the module requires exactly another one; null: all is well.</summary>
    /// <param name="modules">The drop folder's modules: the plan takes the target through those before the step.</param>
    public (UpgradeVersion Required, UpgradeVersion Found)? OtherVersion(IReadOnlyList<UpgradeModule> modules)
    {
        if (Module.Requirements.OfType<Requirement.Exactly>().FirstOrDefault() is not { Version: var required }) return null;
        var found = Step.PlannedAt;
        foreach (var module in modules)
            if (module.Version > found && IsPassed(module.Version, [module])) found = module.Version;
        return found == required ? null : (required, found);
    }

    /// <summary>A module run by hand has no steps before it, so only the target's own version counts.</summary>
    private bool IsPassed(UpgradeVersion required, IReadOnlyList<UpgradeModule> modules) => !Step.Action.ByHand && modules.Any(module =>
        module.Component == Step.Component && module.Version >= required && module.Version < Step.Version);
}
