using PluginUpgrade.Databases;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Saves;

/// <summary>The saves that may be removed, oldest first, and why others that were asked for are kept. Pure.</summary>
public sealed record Pruning(IReadOnlyList<Save> Removed, IReadOnlyList<(Save Save, string Why)> Kept)
{
    /// <param name="saves">Oldest first. Saves of other installations and damaged ones are left alone.</param>
    /// <param name="keep">How many of the newest are kept; null: no such limit.</param>
    /// <param name="before">Newer saves are kept; null: no such limit.</param>
    /// <param name="isFinished">For a save before an upgrade: whether nobody needs it any more to go back.</param>
    public static Pruning Of(
        IReadOnlyList<Save> saves, string installation, int? keep, DateTimeOffset? before, Func<SaveManifest, bool> isFinished)
    {
        List<Save> whole = [.. saves.Where(save => save.IsWhole && save.Manifest!.Installation == installation)];
        var asked = whole.SkipLast(keep ?? 0).Where(save => before is null || save.Manifest!.StartedAt < before).ToHashSet();
        var lastBeforeUpgrade = whole.LastOrDefault(save => save.Manifest!.BeforeUpgrade);
        List<Save> removed = [];
        List<(Save, string)> kept = [];
        HashSet<(Scope, string)> elsewhere = [];
        foreach (var save in whole.AsEnumerable().Reverse())
        {
            var targets = save.Manifest!.Targets.Select(target => (target.Scope, target.Name)).ToList();
            var why = !asked.Contains(save) ? "" : Why(save, targets);
            if (why is null)
            {
                removed.Add(save);
                continue;
            }
            elsewhere.UnionWith(targets);
            if (why.Length > 0) kept.Add((save, why));
        }
        removed.Reverse();
        kept.Reverse();
        return new Pruning(removed, kept);

        string? Why(Save save, IReadOnlyList<(Scope Scope, string Name)> targets)
        {
            var last = targets.Where(target => !elsewhere.Contains(target))
                .Select(target => target.Scope == Scope.Installation ? "the installation" : target.Name).ToList();
            if (last.Count > 0) return $"the last complete save of {Problem.Join(last)}";
            if (save == lastBeforeUpgrade) return "the last save taken before an upgrade";
            return save.Manifest!.BeforeUpgrade && !isFinished(save.Manifest)
                ? "taken before a run that is unfinished according to the journals" : null;
        }
    }

    /// <summary>Whether the run after the save took its targets to their goals, and no target failed. Unknown: not finished.</summary>
    /// <param name="modules">The modules of the drop folder.</param>
    public static bool IsFinished(SaveManifest manifest, IReadOnlyList<TargetState> states, IReadOnlyList<UpgradeModule>? modules = null)
    {
        var byName = states.ToDictionary(state => (state.Target.Scope, state.Target.Scope == Scope.Instance ? state.Target.Name : ""));
        return states.Where(state => state.Target.Active).All(state => state.Unreachable is null && state.IsJournalSound
                && state.Rows.All(row => row.State is StepState.Done or StepState.Baseline))
            && manifest.Targets.All(target => target.Goals.Count > 0
                && byName.TryGetValue((target.Scope, target.Scope == Scope.Instance ? target.Name : ""), out var state)
                && target.Goals.All(goal => IsReached(state, goal.Key, goal.Value, modules ?? [])));
    }

    /// <summary>The goal is reached by its own row or by a later step. A later version that is only recorded proves nothing.</summary>
    private static bool IsReached(TargetState state, string component, string goal, IReadOnlyList<UpgradeModule> modules) =>
        UpgradeVersion.TryParse(goal, out var version)
        && (state.Rows.Any(row => row.Component == component && row.Version == version && row.State is StepState.Done or StepState.Baseline)
            || CurrentVersion.Of(state.Target.Scope, state.Rows, component, modules).WithoutRecords >= version);
}
