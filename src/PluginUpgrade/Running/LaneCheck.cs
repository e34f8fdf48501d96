using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>
/// Whether the target still is as the plan has it. The plan was made before the lock was taken; and where a connection was lost, nobody
/// held the lock until it was taken again: another run may have been at work, and a server that came back may have lost commits (a standby
/// that was behind, a restored backup).
/// </summary>
public static class LaneCheck
{
    /// <returns>Why the step is not to be run; null where nothing speaks against it.</returns>
    public static async Task<Problem?> FindAsync(LaneSession session, UpgradeStep step, Guid run, CancellationToken cancellationToken)
    {
        if (session.IsNew)
        {
            if (session.LastDone is { } last && await IsPendingAsync(session, last, cancellationToken)) return RunProblem.TakenBack(last);
            // A journal that was made just now knows of nobody.
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
