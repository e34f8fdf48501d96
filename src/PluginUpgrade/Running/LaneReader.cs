using System.Data;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>
/// A second connection to a lane's database, on which only krang-upgrade reads: while the lane's waits for a lock, and what modules' code
/// must not disturb. It is opened when it is needed first, and stays in the lane's slot.
/// </summary>
/// <param name="slot">Null: it is closed at the end of the lane.</param>
public sealed class LaneReader(Target target, ConnectionSettings settings, ConnectionSlot? slot)
{
    private NpgsqlConnection? _connection;

    /// <returns>Null if there is no connection for it: then others do without.</returns>
    public async Task<NpgsqlConnection?> OpenAsync(CancellationToken cancellationToken)
    {
        if (_connection is { FullState: ConnectionState.Open }) return _connection;
        try
        {
            // One that the lane before left may be lost, which nobody has noticed yet.
            return _connection = await Retry.RunAsync(2, async () =>
            {
                var connection = slot is not null ? await slot.ReaderAsync(target.Database, settings, cancellationToken)
                    : await Connections.TryOpenForReadingAsync(target.Database, settings, cancellationToken);
                await TargetLock.MarkReaderAsync(connection, cancellationToken);
                return connection;
            }, SqlErrors.IsLostConnection);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            return null;
        }
    }

    /// <summary>Ends its session, also where the slot would keep it.</summary>
    public async Task CloseAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
        _connection = null;
    }

    /// <summary>Leaves it to the slot.</summary>
    public async Task LeaveAsync()
    {
        if (slot is null) await CloseAsync();
        _connection = null;
    }
}
