using Npgsql;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Databases;

/// <summary>Who holds targets' locks, asked once of each server. On a new connection the view of locks costs as much as all else.</summary>
internal sealed class ServerLocks
{
    private readonly Dictionary<string, Task<Dictionary<(long Database, int Key), LockHolder>>> _holders =
        new(StringComparer.OrdinalIgnoreCase);

    /// <param name="connection">Of the server's: used by whoever is the first.</param>
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
        catch (NpgsqlException) when (!isFirst)
        {
            // Another connection was lost, which says nothing of this one.
            return await TargetLock.HoldersAsync(connection, cancellationToken);
        }
    }
}
