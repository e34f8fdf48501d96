using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>Plans the journals in which a module's changed file will count as the applied one. Pure.</summary>
public static class AcceptPlanner
{
    /// <param name="module">The module whose file has changed.</param>
    /// <param name="installation">Null where instances are named: then only those are planned.</param>
    /// <returns>An empty plan if every journal already has the file's hash.</returns>
    public static (Plan Plan, IReadOnlyList<Problem> Problems) Plan(
        UpgradeModule module, string reason, TargetProgress? installation, IReadOnlyList<TargetProgress> instances)
    {
        IReadOnlyList<TargetProgress> all = installation is null ? instances : [installation, .. instances];
        var applied = all.Select(target => (target.Target, Row: AppliedBy(target, module))).Where(one => one.Row is not null).ToList();
        if (applied.Count == 0 && all.Count > 0) return (Planning.Plan.Empty, [NotApplied(module, [.. all.Select(one => one.Target)])]);
        // Lanes with the same work share one list.
        var actions = Enum.GetValues<Scope>().ToDictionary(scope => scope, scope => (IReadOnlyList<StepAction>)
        [
            new AcceptModule(module, scope, reason)
            {
                Component = module.Component,
                Version = module.Version,
                Range = new VersionRange(module.Version, module.Version),
            },
        ]);
        var work = applied.Where(one => one.Row!.WasOther(module))
            .Select(one => new TargetActions(one.Target, actions[one.Target.Scope])).ToList();
        var own = work.FirstOrDefault(one => one.Target.Scope == Scope.Installation);
        return (new Plan(new StageBuilder().Of(
            own ?? new TargetActions(all[0].Target, []), [.. work.Where(one => one != own)], StepOrder.InstallationFirst)), []);
    }

    /// <summary>The row that is compared with the file. A row by hand is not: any file may have been named.</summary>
    private static JournalRow? AppliedBy(TargetProgress target, UpgradeModule module) => target.Rows.FirstOrDefault(row =>
        row is { State: StepState.Done, Counts: true, ByHand: false, Module.Length: > 0 }
        && row.Component == module.Component && row.Version == module.Version);

    private static Problem NotApplied(UpgradeModule module, IReadOnlyList<Target> targets) => new("KU-4020", $"{module}",
        $"According to the journals of {PlanProblem.Names(targets)}, it was never applied (version {module.Version}): nothing to accept.",
        $"See what is applied: {NextCommand.Of("history")}");
}
