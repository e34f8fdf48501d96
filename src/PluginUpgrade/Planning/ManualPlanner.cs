using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>Plans what a user requests outside the order of versions: one module by hand, and declared baselines. Pure.</summary>
public static class ManualPlanner
{
    /// <summary>Plans the modules of one file on the given targets, except where the journal has them as applied.</summary>
    /// <param name="installation">Null where instances are named: then only those are planned.</param>
    /// <param name="again">Also where they are already applied.</param>
    /// <param name="known">The drop folder's modules, which determine a target's version; null: the given ones.</param>
    public static (Plan Plan, IReadOnlyList<Problem> Problems) Run(
        IReadOnlyList<UpgradeModule> modules, TargetProgress? installation, IReadOnlyList<TargetProgress> instances, bool again,
        IReadOnlyList<UpgradeModule>? known = null)
    {
        List<Problem> problems = [];
        List<Stage> stages = [];
        foreach (var module in modules)
        {
            var candidates = installation is null ? instances : instances.Prepend(installation);
            var all = candidates.Where(target => module.HasStepFor(target.Target.Scope)).ToList();
            if (all.Count == 0) problems.Add(NoStep(module, installation is null));
            var left = all.Where(target => again || !IsApplied(target, module)).ToList();
            if (all.Count > 0 && left.Count == 0) problems.Add(AlreadyApplied(module, [.. all.Select(target => target.Target)]));
            if (again && module.BuildsBeside && all.Any(target => target.Target.Scope == Scope.Instance))
                problems.Add(PlanProblem.BuildAgain(module, [.. all.Select(target => target.Target)]));
            var parts = left.Where(target => !IsApplied(target, module) && known?.FirstOrDefault(one => one.Component == module.Component
                && one.Version == module.Version)?.SliceFor(target.Target.Scope) is not null).Select(target => target.Target).ToList();
            if (parts.Count > 0) problems.Add(PlanProblem.OnlyByUpgrade(module, parts));
            stages.AddRange(Ordered(
                [.. left.Select(target => new TargetActions(target.Target, [.. Run(target, module, known ?? modules, again)]))]));
        }
        return problems.Count > 0 ? (Plan.Empty, problems) : (new Plan(stages), []);
    }

    /// <summary>Plans a record that the targets are at a version, running nothing. Refused if the journal has steps that ran.</summary>
    /// <param name="replace">Allow that too: rows that only record a version are replaced, and rows of steps that ran stay.</param>
    public static (Plan Plan, IReadOnlyList<Problem> Problems) Baseline(
        IReadOnlyList<UpgradeModule> modules, TargetProgress? installation, IReadOnlyList<TargetProgress> instances,
        UpgradeVersion version, bool replace = false)
    {
        List<Problem> problems = [];
        var product = Component.Of(modules)[0];
        version = product.Spelled(version);
        var all = installation is null ? instances : [.. instances.Prepend(installation)];
        List<TargetActions> work = [];
        foreach (var target in all)
        {
            var current = target.In(product);
            var run = current.Rows.Where(row => row is { Counts: true, State: StepState.Done }).Select(row => row.Version).ToList();
            if (current.Rows.FirstOrDefault(row => row.IsCreated) is { } created)
                problems.Add(PlanProblem.Created(target.Target, created.Version));
            else if (run.Count > 0 && !replace) problems.Add(HasHistory(target.Target, current.Version ?? UpgradeVersion.Zero));
            else if (run.Count > 0 && run.Max() > version) problems.Add(WasRun(target.Target, run.Max(), version));
            else if (run.Count > 0 && Corrected(current, version) is { } corrected)
                work.Add(new TargetActions(target.Target, [corrected]));
            else if (run.Count == 0 && current.Version != version)
                work.Add(new TargetActions(target.Target, [Recorded(VersionReason.Declared, current, version)]));
        }
        if (version > product.NewestKnown && product.NewestKnown > UpgradeVersion.Zero && work.Count > 0)
            problems.Add(PlanProblem.DeclaredUnknown(version, product.NewestKnown));
        return problems.HaveErrors() ? (Plan.Empty, problems) : (new Plan(Ordered(work)), problems);
    }

    private static RecordVersion Recorded(VersionReason reason, CurrentVersion current, UpgradeVersion version) => new(reason)
    {
        Version = version,
        Range = new VersionRange(current.Version ?? UpgradeVersion.Zero, version),
    };

    /// <summary>
    /// A record, not a declaration: after steps have run, no module may count as applied because of it. Null where nothing needs
    /// correcting.
    /// </summary>
    private static RecordVersion? Corrected(CurrentVersion current, UpgradeVersion version)
    {
        var beyond = current.Rows.Where(row => row.IsReached && row.Version > version).Select(row => row.Version).ToList();
        return beyond.Count == 0 && current.Version >= version ? null
            : Recorded(VersionReason.Corrected, current, version) with { RemovesRecords = beyond };
    }

    /// <summary>Stages with the installation first.</summary>
    private static IReadOnlyList<Stage> Ordered(IReadOnlyList<TargetActions> work)
    {
        var own = work.FirstOrDefault(one => one.Target.Scope == Scope.Installation) ?? new TargetActions(null!, []);
        return new StageBuilder().Of(own, [.. work.Where(one => one != own)], StepOrder.InstallationFirst);
    }

    private static bool IsApplied(TargetProgress target, UpgradeModule module)
    {
        var current = CurrentVersion.Of(target.Target.Scope, target.Rows, module.Component, [module]);
        return current.IsDone(module) || module.Version <= current.Baseline;
    }

    private static IEnumerable<StepAction> Run(TargetProgress target, UpgradeModule module, IReadOnlyList<UpgradeModule> known, bool again)
    {
        var current = CurrentVersion.Of(target.Target.Scope, target.Rows, module.Component, known);
        return ModuleActions.Of(module, target.Target.Scope, null).Select(action => action with
        {
            Component = module.Component,
            Version = module.Version,
            ByHand = true,
            Note = "by hand",
            Range = new VersionRange(current.Version ?? UpgradeVersion.Zero, module.Version),
        }).Select(action => action is RunModule run ? run with { Again = again } : action);
    }

    private static Problem NoStep(UpgradeModule module, bool instancesNamed) => new("KU-4012", $"{module}",
        instancesNamed
            ? "The module does nothing for instances: it overrides only PerInstallation."
            : "The module does nothing for any target.",
        instancesNamed
            ? $"Run it on the installation: {NextCommand.Of($"run {module.Name}")}"
            : "Configure instances.");

    private static Problem AlreadyApplied(UpgradeModule module, IReadOnlyList<Target> targets) => new("KU-4013", $"{module}",
        $"The journal says that it is applied to {PlanProblem.Names(targets)}.", "To run it once more anyway: --again");

    private static Problem HasHistory(Target target, UpgradeVersion version) => new("KU-4014", $"{target}",
        $"Its journal contains steps that ran; it is at {version}. A baseline declares the version of a database without such a history.",
        "To correct later rows that only record a version, add --replace. See the steps: "
            + NextCommand.Of("history"));

    private static Problem WasRun(Target target, UpgradeVersion run, UpgradeVersion version) => new("KU-4019", $"{target}",
        $"Its journal contains steps that ran up to {run}, so it is not at {version}. Only rows that record a version can be corrected.",
        $"Use {run} or a newer version; or restore a save from that time: {NextCommand.Of("saves")}");
}
