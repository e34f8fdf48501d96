using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>
/// What one component's line of versions asks of a target, as its journal and the goal say, and what speaks against it. The same for all
/// targets with an equal journal, so it is made once for all of them.
/// </summary>
public sealed record Decision
{
    public IReadOnlyList<StepAction> Actions { get; init; } = [];

    /// <summary>A step that began, and of which it is not known what was kept.</summary>
    public JournalRow? Torn { get; init; }

    /// <summary>Where it stands, where that is beyond the goal.</summary>
    public UpgradeVersion? Beyond { get; init; }

    /// <summary>Where it stands, where that is older than the user says.</summary>
    public UpgradeVersion? Behind { get; init; }

    /// <summary>Nothing says where it stands.</summary>
    public bool Unknown { get; init; }

    /// <summary>Of an unknown one: only modules run by hand are recorded.</summary>
    public bool OnlyByHand { get; init; }

    /// <summary>A version that would only be recorded, although nothing here knows of it.</summary>
    public UpgradeVersion? Guessed { get; init; }

    /// <summary>Of a goal that is only to be recorded: what would be run before it.</summary>
    public IReadOnlyList<UpgradeVersion> ToBeRun { get; init; } = [];

    /// <summary>Pending modules that are older than the target's version.</summary>
    public IReadOnlyList<UpgradeModule> Late { get; init; } = [];

    /// <summary>Modules that are not those that were applied.</summary>
    public IReadOnlyList<UpgradeModule> Changed { get; init; } = [];

    /// <summary>Applied modules that are not in the catalogue.</summary>
    public IReadOnlyList<(string Module, UpgradeVersion Version)> Missing { get; init; } = [];

    /// <param name="to">The end of the range, included.</param>
    public static Decision Of(Component component, Goal goal, UpgradeVersion to, TargetProgress progress)
    {
        var scope = progress.Target.Scope;
        var current = progress.In(component);
        if (current.Torn is { } torn) return new Decision { Torn = torn };
        var decision = Compared(component, current);
        if (Start(ref decision, component, goal, to, progress, current) is not { } start) return decision;

        var pending = component.Modules
            .Where(module => module.HasStepFor(scope))
            .Where(module => module.Version > start.Baseline && module.Version <= to && !current.IsDone(module))
            .ToList();
        if (goal.RecordOnly && pending.Count > 0) return decision with { ToBeRun = [.. pending.Select(module => module.Version)] };
        // Below what is only recorded, the start is what was run.
        var isBelow = pending.Any(module => module.Version < start.Version);
        var range = new VersionRange(isBelow ? start.Run : start.Version, to);
        List<StepAction> actions = [];
        if (start.Declare) actions.Add(Recorded(start.Version, VersionReason.From));
        actions.AddRange(pending.Select(module => new RunModule(module)
        {
            Component = component.Name,
            Version = module.Version,
            Range = range,
            PlannedAt = start.Version,
            Note = NoteOf(module, start.Run, decision),
        }));
        // The last version of the range may have no module for this target; that it was reached must be known anyway.
        var reachedByHand = current.Rows.Any(row => row.State == StepState.Done && row.Version == to);
        var isRecorded = component.IsProduct && to > start.Version && pending.LastOrDefault()?.Version != to && !reachedByHand;
        if (isRecorded) actions.Add(Recorded(to, goal.RecordOnly ? VersionReason.RecordOnly : VersionReason.Reached));
        return decision with
        {
            Actions = actions,
            Late = [.. pending.Where(module => module.Version < start.Run)],
            Guessed = isRecorded && !goal.RecordOnly && !goal.Knows(to) && to > component.Newest ? to : null,
        };

        RecordVersion Recorded(UpgradeVersion version, VersionReason reason) =>
            new(reason) { Component = component.Name, Version = version, Range = range, PlannedAt = start.Version };
    }

    /// <summary>The journal's modules against the catalogue's.</summary>
    private static Decision Compared(Component component, CurrentVersion current)
    {
        List<(string, UpgradeVersion)> missing = [];
        List<UpgradeModule> changed = [];
        foreach (var row in current.Rows.Where(row => row is { State: StepState.Done, Counts: true, Module.Length: > 0 }))
        {
            var module = component.Modules.FirstOrDefault(module => module.Version == row.Version);
            if (module is null) missing.Add((row.Module, row.Version));
            else if (!row.ByHand && module.Sha256 != row.Sha256) changed.Add(module);
        }
        return new Decision { Missing = missing, Changed = changed };
    }

    /// <summary>The target's version, or null where it is refused: then the decision says why.</summary>
    private static (UpgradeVersion Version, UpgradeVersion Run, UpgradeVersion Baseline, bool Declare)? Start(
        ref Decision decision, Component component, Goal goal, UpgradeVersion to, TargetProgress progress, CurrentVersion current)
    {
        var zero = UpgradeVersion.Zero;
        if (current.Version is { } version)
        {
            // Beyond by rows that only record, it is not newer than the modules here.
            if (component.IsProduct && current.WithoutRecords > to) decision = decision with { Beyond = version };
            else if (component.IsProduct && goal.From > version) decision = decision with { Behind = version };
            else return (version, current.WithoutRecords ?? zero, current.Baseline, false);
            return null;
        }
        if (!component.IsProduct) return (zero, zero, zero, false);
        if (goal.From is { } from) return (component.Spelled(from), from, from, true);
        // Without a baseline, upgrades start only on empty targets: steps that were tried were tried on such a one.
        var begun = current.Rows.Any(row => !row.ByHand);
        var onlyByHand = !begun && current.Rows.Any(row => row.State == StepState.Done);
        if (begun || (progress.SchemaIsEmpty && !onlyByHand)) return (zero, zero, zero, false);
        decision = decision with { Unknown = true, OnlyByHand = onlyByHand };
        return null;
    }

    /// <summary>The options that were needed to continue anyway.</summary>
    private static string NoteOf(UpgradeModule module, UpgradeVersion version, Decision decision)
    {
        List<string> overridden = [];
        if (module.Version < version) overridden.Add("--allow-out-of-order");
        if (decision.Missing.Count > 0) overridden.Add("--allow-missing");
        if (decision.Changed.Count > 0) overridden.Add("--allow-changed");
        return string.Join("; ", overridden);
    }
}
