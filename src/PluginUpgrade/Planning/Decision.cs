using PluginUpgrade.Journals;
using PluginUpgrade.Schemas;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>
/// What to do for a target in one component, from its journal and the goal, and the reasons against it. Targets with equal journals share
/// one decision.
/// </summary>
public sealed record Decision
{
    public IReadOnlyList<StepAction> Actions { get; init; } = [];

    /// <summary>A step that began, and of which it is unknown which changes were kept.</summary>
    public JournalRow? Torn { get; init; }

    /// <summary>The target's version, where it is beyond the goal.</summary>
    public UpgradeVersion? Beyond { get; init; }

    /// <summary>The target's version, where it is older than --from.</summary>
    public UpgradeVersion? Behind { get; init; }

    /// <summary>Whether the target's version is unknown.</summary>
    public bool Unknown { get; init; }

    /// <summary>For an unknown version: whether the journal has modules that were run by hand, and no others.</summary>
    public bool OnlyByHand { get; init; }

    /// <summary>A version that would only be recorded, although no module or payload here has it.</summary>
    public UpgradeVersion? Guessed { get; init; }

    /// <summary>For a goal that is only recorded: the pending versions that would have to run first.</summary>
    public IReadOnlyList<UpgradeVersion> ToBeRun { get; init; } = [];

    /// <summary>Pending modules that are older than the target's version.</summary>
    public IReadOnlyList<UpgradeModule> Late { get; init; } = [];

    /// <summary>Modules whose file differs from the applied one.</summary>
    public IReadOnlyList<UpgradeModule> Changed { get; init; } = [];

    /// <summary>Applied modules that the catalogue does not have.</summary>
    public IReadOnlyList<(string Module, UpgradeVersion Version)> Missing { get; init; } = [];

    /// <param name="to">The end of the range, included.</param>
    public static Decision Of(Component component, Goal goal, UpgradeVersion to, TargetProgress progress)
    {
        var scope = progress.Target.Scope;
        var current = progress.In(component);
        if (current.Torn is { } torn) return new Decision { Torn = torn };
        var decision = Compared(component, current);
        if (Start(ref decision, component, goal, to, progress, current) is not { } start) return decision;

        if (Created(component, goal, to, progress, current) is { } created) return decision with { Actions = [created] };
        var pending = component.Modules
            .Where(module => module.HasStepFor(scope))
            .Where(module => module.Version > start.Baseline && module.Version <= to && !current.IsDone(module))
            .ToList();
        if (goal.RecordOnly && pending.Count > 0) return decision with { ToBeRun = [.. pending.Select(module => module.Version)] };
        // If a pending module is older than a version that was only recorded, the range starts at the version that was run.
        var isBelow = pending.Any(module => module.Version < start.Version);
        var range = new VersionRange(isBelow ? start.Run : start.Version, to);
        List<StepAction> actions = [];
        if (start.Declare) actions.Add(Recorded(start.Version, VersionReason.From));
        actions.AddRange(pending.SelectMany(module => ModuleActions.Of(module, scope, current.RowOf(module)).Select(action => action with
        {
            Component = component.Name,
            Version = module.Version,
            Range = range,
            PlannedAt = start.Version,
            Note = NoteOf(module, start.Run, decision),
        })));
        // The target may have no module for the last version of the range. That version is recorded, so that the target is known to be
        // there.
        var reachedByHand = current.Rows.Any(row => row.State == StepState.Done && row.Version == to);
        var isRecorded = component.IsProduct && to > start.Version && pending.LastOrDefault()?.Version != to && !reachedByHand;
        if (isRecorded) actions.Add(Recorded(to, goal.RecordOnly ? VersionReason.RecordOnly : VersionReason.Reached));
        return decision with
        {
            Actions = actions,
            Late = [.. pending.Where(module => module.Version < start.Run)],
            Guessed = isRecorded && !goal.RecordOnly && !goal.Knows(to) && to > component.NewestKnown ? to : null,
        };

        RecordVersion Recorded(UpgradeVersion version, VersionReason reason) =>
            new(reason) { Component = component.Name, Version = version, Range = range, PlannedAt = start.Version };
    }

    /// <summary>
    /// An empty target whose schema is declared completely is created at the goal at once, if that is the newest version or a later one;
    /// null: it is not.
    /// </summary>
    private static CreateSchema? Created(
        Component component, Goal goal, UpgradeVersion to, TargetProgress progress, CurrentVersion current)
    {
        var history = component.Histories.FirstOrDefault(one => one.Scope == progress.Target.Scope && one.IsComplete);
        if (history is null || !component.IsProduct || goal.RecordOnly || goal.From is not null) return null;
        if (current.Rows.Count > 0 || !progress.SchemaIsEmpty || !(history.Current <= to)) return null;
        return new CreateSchema(history.Name, new SchemaSlice(to, Replay.To(history, to)), history.Bootstraps)
        {
            Version = to,
            Range = new VersionRange(UpgradeVersion.Zero, to),
            PlannedAt = UpgradeVersion.Zero,
        };
    }

    /// <summary>Compares the journal's modules with the catalogue's.</summary>
    private static Decision Compared(Component component, CurrentVersion current)
    {
        List<(string, UpgradeVersion)> missing = [];
        List<UpgradeModule> changed = [];
        foreach (var row in current.Rows.Where(row => row is { State: StepState.Done, Counts: true, Module.Length: > 0 }))
        {
            var module = component.Modules.FirstOrDefault(module => module.Version == row.Version);
            if (module is null) missing.Add((row.Module, row.Version));
            else if (row.WasOther(module)) changed.Add(module);
        }
        return new Decision { Missing = missing, Changed = changed };
    }

    /// <summary>The version to start from; null where the target is refused: the decision then holds the reason.</summary>
    private static (UpgradeVersion Version, UpgradeVersion Run, UpgradeVersion Baseline, bool Declare)? Start(
        ref Decision decision, Component component, Goal goal, UpgradeVersion to, TargetProgress progress, CurrentVersion current)
    {
        var zero = UpgradeVersion.Zero;
        if (current.Version is { } version)
        {
            // Beyond the goal only by recorded versions: the target is not newer than the modules here.
            var goesBeyond = current.WithoutRecords > to && !(goal.To is null && current.WithoutRecords <= component.NewestKnown);
            if (component.IsProduct && goesBeyond) decision = decision with { Beyond = version };
            else if (component.IsProduct && goal.From > version) decision = decision with { Behind = version };
            else return (version, current.WithoutRecords ?? zero, current.Baseline, false);
            return null;
        }
        if (!component.IsProduct) return (zero, zero, zero, false);
        if (goal.From is { } from) return (component.Spelled(from), from, from, true);
        // Without a baseline, upgrades start only on empty targets. So if any step was tried, the target was empty then.
        var begun = current.Rows.Any(row => !row.ByHand);
        var onlyByHand = !begun && current.Rows.Any(row => row.State == StepState.Done);
        if (begun || (progress.SchemaIsEmpty && !onlyByHand)) return (zero, zero, zero, false);
        decision = decision with { Unknown = true, OnlyByHand = onlyByHand };
        return null;
    }

    /// <summary>The options that were needed to continue.</summary>
    private static string NoteOf(UpgradeModule module, UpgradeVersion version, Decision decision)
    {
        List<string> overridden = [];
        if (module.Version < version) overridden.Add("--allow-out-of-order");
        if (decision.Missing.Count > 0) overridden.Add("--allow-missing");
        if (decision.Changed.Count > 0) overridden.Add("--allow-changed");
        return string.Join("; ", overridden);
    }
}
