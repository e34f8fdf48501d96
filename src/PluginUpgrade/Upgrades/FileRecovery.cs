using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Files;
using PluginUpgrade.Journals;
using PluginUpgrade.Running;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// Finishes the changes to files that a killed process left: the journal says whether their step was committed, so they are kept or undone.
/// </summary>
public static class FileRecovery
{
    /// <summary>Call this before anything else of a run. If nothing was left, it only looks into a directory.</summary>
    /// <exception cref="UpgradeException">Another process works on the installation, or something cannot be undone.</exception>
    public static async Task RunAsync(RunContext context, Target installation, CancellationToken cancellationToken)
    {
        var mayExist = UndoLog.MayExist(context.Root);
        SeededFault.Change("undo logs may exist", ref mayExist);
        if (!mayExist) return;
        try
        {
            await RecoverAsync(context, installation, cancellationToken);
        }
        catch (NpgsqlException e)
        {
            throw new UpgradeException(ConnectionProblem.Of(installation, e), e);
        }
    }

    private static async Task RecoverAsync(RunContext context, Target installation, CancellationToken cancellationToken)
    {
        await using var session = await LaneSession.OpenAsync(
            installation, context.Connection, context.Connection.LockTimeout, null, null, context.Time, cancellationToken);
        // A process may have lost that lock and live on, frozen or disconnected: its unfinished changes must not be touched.
        using var files = await FilesLock.TakeAsync(context.Root, context.Connection.LockTimeout, context.Time, cancellationToken);
        // Under both locks they can only belong to a dead process. The latest first, as within a log.
        foreach (var left in UndoLog.Find(context.Root).Reverse())
        {
            var committed = await WasCommittedAsync(session, installation, left.Owner, cancellationToken);
            SeededFault.Change("files were committed", ref committed);
            if (committed) await left.ForgetAsync(cancellationToken);
            else await left.UndoAsync(cancellationToken);
        }
    }

    private static async Task<bool> WasCommittedAsync(
        LaneSession session, Target installation, UndoOwner owner, CancellationToken cancellationToken)
    {
        if (!UpgradeVersion.TryParse(owner.VersionKey, out var version)) return false;
        if (!session.HasJournal) return false;
        return await session.Journal.ReadAsync(
            session.Connection, installation.Scope, HostComponents.Current(owner.Component), version, cancellationToken)
            is { } row && (row.State == StepState.Done || row.IsExpanded) && row.Run == owner.RunId;
    }
}
