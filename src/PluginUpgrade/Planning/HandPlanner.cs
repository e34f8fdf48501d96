using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>Plans what a user asks for beside the order of versions: one module by hand, and declared baselines. Pure.</summary>
public static class HandPlanner
{
    /// <summary>The modules of one file, on the given targets, where the journal does not have them as applied.</summary>
    /// <param name="installation">Null where instances were named: then those alone.</param>
    /// <param name="again">Also where they are applied.</param>
    public static (Plan Plan, IReadOnlyList<Problem> Problems) Run(
        IReadOnlyList<UpgradeModule> modules, TargetProgress? installation, IReadOnlyList<TargetProgress> instances, bool again)
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
            stages.AddRange(Ordered([.. left.Select(target => new TargetActions(target.Target, [Run(target, module, again)]))]));
        }
        return problems.Count > 0 ? (Plan.Empty, problems) : (new Plan(stages), []);
    }

    /// <summary>Records that the targets stand at a version, running nothing. Refused where steps were recorded already.</summary>
    public static (Plan Plan, IReadOnlyList<Problem> Problems) Baseline(
        IReadOnlyList<UpgradeModule> modules, TargetProgress? installation, IReadOnlyList<TargetProgress> instances, UpgradeVersion version)
    {
        List<Problem> problems = [];
        var product = VersionLine.Of(modules)[0];
        version = product.Spelled(version);
        var all = installation is null ? instances : [.. instances.Prepend(installation)];
        List<TargetActions> work = [];
        foreach (var target in all)
        {
            var standing = Standing.Of(target, "", product.Modules);
            if (standing.Rows.Any(row => row is { Stands: true, State: StepState.Done }))
                problems.Add(HasHistory(target.Target, standing.Version ?? UpgradeVersion.Zero));
            else if (standing.Version != version)
                work.Add(new TargetActions(target.Target, [new RecordVersion(VersionReason.Declared)
                {
                    Version = version,
                    Range = new VersionRange(standing.Version ?? UpgradeVersion.Zero, version),
                }]));
        }
        return problems.Count > 0 ? (Plan.Empty, problems) : (new Plan(Ordered(work)), []);
    }

    /// <summary>The installation first.</summary>
    private static IReadOnlyList<Stage> Ordered(IReadOnlyList<TargetActions> work)
    {
        var own = work.FirstOrDefault(one => one.Target.Scope == Scope.Installation) ?? new TargetActions(null!, []);
        return new Stages().Of(own, [.. work.Where(one => one != own)], StepOrder.InstallationFirst);
    }

    private static bool IsApplied(TargetProgress target, UpgradeModule module)
    {
        var standing = Standing.Of(target, module.Component, [module]);
        return standing.IsDone(module) || module.Version <= standing.Baseline;
    }

    private static RunModule Run(TargetProgress target, UpgradeModule module, bool again)
    {
        var standing = Standing.Of(target, module.Component, [module]);
        return new RunModule(module)
        {
            Component = module.Component,
            Version = module.Version,
            ByHand = true,
            Again = again,
            Note = "by hand",
            Range = new VersionRange(standing.Version ?? UpgradeVersion.Zero, module.Version),
        };
    }

    private static Problem NoStep(UpgradeModule module, bool instancesNamed) => new("KU-4012", $"{module}",
        instancesNamed
            ? "It does nothing for instances: it only overrides PerInstallation."
            : "There is no target that it does anything for.",
        instancesNamed
            ? $"Run it on the installation: krang-upgrade run {module.Name}"
            : "Configure instances.");

    private static Problem AlreadyApplied(UpgradeModule module, IReadOnlyList<Target> targets) => new("KU-4013", $"{module}",
        $"The journal has it as applied to {PlanProblem.Names(targets)}.", "To run it once more nevertheless: --again");

    private static Problem HasHistory(Target target, UpgradeVersion version) => new("KU-4014", $"{target}",
        $"Its journal holds steps that were run; it stands at {version}. A baseline says where a database stands that has no such history.",
        "See them: krang-upgrade history");
}
