using Npgsql;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Databases;

/// <summary>
/// The holders of targets' locks, read once for each server. On a new connection, the view of locks costs as much as everything else.
/// </summary>
internal sealed class ServerLocks
{
    private readonly Dictionary<string, Task<Dictionary<(long Database, int Key), LockHolder>>> _holders =
        new(StringComparer.OrdinalIgnoreCase);

    /// <param name="connection">A connection to the server; used where it is the first to ask.</param>
    public async Task<Dictionary<(long Database, int Key), LockHolder>> OfAsync(
        string server, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        Task<Dictionary<(long, int), LockHolder>>? holders;
        bool isFirst;
        lock (_holders)
        {
            isFirst = !_holders.TryGetValue(server, out holders);
            if (holders is null) _holders[server] = holders = TargetLock.HoldersAsync(connection, cancellationToken);
        }
        try
        {
            return await holders;
        }
        catch (Exception e) when (!isFirst && (ConnectionProblem.IsOne(e) || e is OperationCanceledException))
        {
            // The first connection failed, or its reader was cancelled; this one may still work.
            return await TargetLock.HoldersAsync(connection, cancellationToken);
        }
    }
}
