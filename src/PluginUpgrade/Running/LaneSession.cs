using Microsoft.Extensions.Logging;
using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>
/// A target's lock, its journal and the work on it, on one connection: when the session ends, however it ends, the lock and what is not
/// committed end with it.
/// </summary>
public sealed class LaneSession : IAsyncDisposable
{
    private bool _abandoned;

    private LaneSession(NpgsqlConnection connection, Target target) =>
        (Connection, Journal, ProcessId) = (connection, new Journal(target.Schema), connection.ProcessID);

    public NpgsqlConnection Connection { get; }

    public Journal Journal { get; }

    /// <summary>The server process, known also when the connection cannot be asked.</summary>
    public int ProcessId { get; }

    public bool IsOpen => !_abandoned && Connection.State == System.Data.ConnectionState.Open;

    /// <summary>Connects and takes the lock.</summary>
    /// <exception cref="UpgradeException">The target cannot be reached, or another session holds its lock.</exception>
    public static async Task<LaneSession> OpenAsync(
        Target target, ConnectionSettings settings, TimeSpan patience,
        ILoggerFactory? statements, TimeProvider time, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection;
        try
        {
            connection = await Connections.OpenAsync(target.Database, settings, statements, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException or IOException)
        {
            throw new UpgradeException(ConnectionProblem.Of(target, e), e);
        }
        try
        {
            if (await TargetLock.AcquireAsync(connection, target.Scope, target.Schema, patience, time, cancellationToken) is { } holder)
                throw new UpgradeException(RunProblem.Locked(target, holder));
            return new LaneSession(connection, target);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) => Sql.ExecuteAsync(Connection, sql, cancellationToken);

    /// <summary>Rolls back what is open; where the connection cannot even do that, closes it, which makes the server roll back.</summary>
    /// <returns>Whether the session can be used further.</returns>
    public async Task<bool> RollBackAsync()
    {
        if (_abandoned) return false;
        try
        {
            await ExecuteAsync("ROLLBACK", CancellationToken.None);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or InvalidOperationException or IOException or TimeoutException)
        {
            await DisposeAsync();
            return false;
        }
    }

    /// <summary>
    /// A module that cannot be ended may be using the connection: it is closed aside, and nobody waits for that or uses it any more.
    /// </summary>
    public void Abandon()
    {
        _abandoned = true;
        _ = Task.Run(() => Connection.DisposeAsync().AsTask())
            .ContinueWith(static closing => closing.Exception, TaskScheduler.Default);
    }

    public ValueTask DisposeAsync() => _abandoned ? ValueTask.CompletedTask : Connection.DisposeAsync();
}
