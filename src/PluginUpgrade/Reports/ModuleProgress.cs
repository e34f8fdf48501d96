using System.Globalization;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Reports;

/// <summary>How far a fleet is with one module, counted over the targets for which it has a step.</summary>
public sealed record ModuleProgress
{
    public int Done { get; private init; }

    /// <summary>How many of the done ones ran another file: an upgrade refuses that until it is accepted.</summary>
    public int Changed { get; private init; }

    /// <summary>The module is not beyond the declared baseline: it counts as applied.</summary>
    public int Baseline { get; private init; }

    public int Failed { get; private init; }

    public int Pending { get; private init; }

    /// <summary>Their databases or journals could not be read, or do not exist.</summary>
    public int Unknown { get; private init; }

    /// <param name="targets">Empty if nothing could be read.</param>
    public static ModuleProgress Of(UpgradeModule module, IReadOnlyList<TargetState> targets)
    {
        var progress = new ModuleProgress();
        // Thousands of targets have only a few different journals.
        foreach (var alike in targets.Where(one => one.Target.Active && module.HasStepFor(one.Target.Scope))
            .GroupBy(one => (one.Target.Scope, one.Rows, IsKnown: IsKnown(one))))
        {
            var count = alike.Count();
            progress = !alike.Key.IsKnown ? progress with { Unknown = progress.Unknown + count }
                : progress.With(module, CurrentVersion.Of(alike.Key.Scope, alike.Key.Rows, module.Component, [module]), count);
        }
        return progress;
    }

    /// <summary>What is missing counts as unknown, because an upgrade can do nothing there; on the embedded server it creates it.</summary>
    private static bool IsKnown(TargetState target) => target.Unreachable is null && target.IsJournalSound
        && (target.Target.ToBeMade || !(target.DatabaseMissing || target.SchemaMissing));

    private ModuleProgress With(UpgradeModule module, CurrentVersion current, int count) =>
        current.IsDone(module)
            ? this with { Done = Done + count, Changed = Changed + (IsChanged(module, current) ? count : 0) }
        : module.Version <= current.Baseline ? this with { Baseline = Baseline + count }
        : current.Rows.Any(row => row.Version == module.Version && row.State is StepState.Failed or StepState.Running)
            ? this with { Failed = Failed + count }
        : this with { Pending = Pending + count };

    /// <summary>The planner's rule: a step run by hand does not count, because it may have run any file.</summary>
    private static bool IsChanged(UpgradeModule module, CurrentVersion current) => current.Rows.Any(row =>
        row is { State: StepState.Done, Module.Length: > 0 } && row.Version == module.Version && row.WasOther(module));

    /// <summary>As in <c>297 done, 3 failed</c>; a dash if nothing is known.</summary>
    public override string ToString()
    {
        (int Count, string Word)[] parts =
        [
            (Done - Changed, "done"), (Changed, "done (the file has changed since)"), (Baseline, "before the baseline"), (Failed, "failed"),
            (Pending, "pending"), (Unknown, "unknown"),
        ];
        var text = string.Join(", ", parts.Where(part => part.Count > 0)
            .Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Count} {part.Word}")));
        return text.Length > 0 ? text : "-";
    }
}
