using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>Batches of a module's long work: each is a transaction with its cursor in the journal.</summary>
internal static class Batches
{
    /// <param name="step">Its row holds the cursors.</param>
    /// <param name="searchPathSql">Sets the search path for one transaction.</param>
    public static BatchRunner On(LaneSession session, UpgradeStep step, RunContext context, string searchPathSql) =>
        async (name, batch, cancellationToken) =>
        {
            var (cursor, ended) = await session.Journal.ReadCursorAsync(session.Connection, step, name, cancellationToken);
            while (!ended)
            {
                await session.ExecuteAsync(
                    $"BEGIN; {searchPathSql}; SET LOCAL lock_timeout = {(long)context.Connection.LockTimeout.TotalMilliseconds}",
                    cancellationToken);
                cursor = await batch(cursor, cancellationToken);
                ended = cursor is null;
                SeededFault.Point("batch not committed");
                SeededFault.Point("cursor not written", session);
                await session.Journal.WriteCursorAndCommitAsync(
                    session.Connection, step, context.RunId, name, cursor, cancellationToken);
                SeededFault.Point("batch committed");
            }
        };
}
