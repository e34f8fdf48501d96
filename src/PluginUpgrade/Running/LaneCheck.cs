using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>
/// Checks whether the target still matches the plan. The plan was made before the lock was taken; and after a lost connection the lock was
/// free until it was taken again. In that time another run may have changed the target, and a server that came back may have lost commits
/// (a standby that was behind, a restored backup).
/// </summary>
public static class LaneCheck
{
    /// <returns>Why the step must not be run; null if it may.</returns>
    public static async Task<Problem?> FindAsync(LaneSession session, UpgradeStep step, Guid run, CancellationToken cancellationToken)
    {
        if (session.IsNew)
        {
            if (session.LastDone is { } last && await IsPendingAsync(session, last, cancellationToken)) return RunProblem.TakenBack(last);
            // A journal that did not exist before has no rows of another run.
            if (session.HasJournal) session.Overtaken = await OvertakenByAsync(session, step, run, cancellationToken);
            session.IsNew = false;
        }
        return session.Overtaken > step.Version && step.Action.Entry is not { Again: true }
            && await IsPendingAsync(session, step, cancellationToken)
            ? RunProblem.Moved(step, session.Overtaken.Value) : null;
    }

    private static async Task<UpgradeVersion?> OvertakenByAsync(
        LaneSession session, UpgradeStep step, Guid run, CancellationToken cancellationToken)
    {
        var journals = await JournalReader.ReadAsync(session.Connection, [step.Target.Schema], cancellationToken);
        var versions = (journals.GetValueOrDefault((step.Target.Schema, step.Target.Scope))?.Rows ?? [])
            .Where(row => row.Component == step.Component || row.Component == step.Action.FollowsComponent)
            .Where(row => row.Counts && row.State is StepState.Done or StepState.Baseline)
            .Where(row => row.RunId != run && row.Version > step.PlannedAt)
            .Select(row => row.Version).ToList();
        return versions.Count > 0 ? versions.Max() : null;
    }

    private static async Task<bool> IsPendingAsync(LaneSession session, UpgradeStep step, CancellationToken cancellationToken) =>
        await session.Journal.ReadAsync(session.Connection, step, cancellationToken) is not { State: StepState.Done or StepState.Baseline };
}
