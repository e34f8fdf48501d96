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
    private readonly Target _target;
    private readonly ConnectionSettings _settings;
    private readonly ILoggerFactory? _statements;
    private readonly TimeProvider _time;
    private readonly ServerPlace? _place;
    private IDisposable? _counted;
    private DateTime _serverStart;
    private bool _abandoned;

    private LaneSession(
        Target target, ConnectionSettings settings, ServerPlace? place, ILoggerFactory? statements, TimeProvider time)
    {
        (_target, _settings, _place, _statements, _time) = (target, settings, place, statements, time);
        Journal = new Journal(target.Schema, settings.AnswerTimeout);
    }

    public NpgsqlConnection Connection { get; private set; } = null!;

    public Journal Journal { get; }

    /// <summary>The server's process; behind a pooler not what the connection was told.</summary>
    public int BackendPid { get; private set; }

    public bool IsOpen => !_abandoned && Connection.State == System.Data.ConnectionState.Open;

    /// <summary>Whether the server itself ended the connection before: it was started again, or another of its processes crashed.</summary>
    public bool WasInterrupted { get; set; }

    /// <summary>Whether it is still to be asked what happened to the target while this session did not hold its lock.</summary>
    public bool IsNew { get; set; }

    /// <summary>How far another run has taken the target since this one was planned.</summary>
    public UpgradeVersion? Overtaken { get; set; }

    /// <summary>The last step that was committed in this lane; null where none was.</summary>
    public UpgradeStep? LastDone { get; set; }

    /// <summary>Whether the journal's table was there when the lock was taken.</summary>
    public bool HasJournal { get; private set; }

    /// <summary>Connects and takes the lock. A server that is away is waited for.</summary>
    /// <param name="place">Where the connection comes from and stays afterwards; null: one of its own.</param>
    /// <param name="statements">Of a connection of its own: hears what is sent.</param>
    /// <exception cref="UpgradeException">The target cannot be reached, or another session holds its lock.</exception>
    public static async Task<LaneSession> OpenAsync(
        Target target, ConnectionSettings settings, TimeSpan patience,
        ServerPlace? place, ILoggerFactory? statements, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = new LaneSession(target, settings, place, statements, time);
        await session.ConnectAsync(patience, cancellationToken);
        return session;
    }

    /// <summary>The same on a new connection.</summary>
    /// <exception cref="UpgradeException">The target cannot be reached, or another session holds its lock.</exception>
    public async Task ReopenAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await DisposeAsync();
        var before = _serverStart;
        await ConnectAsync(patience, cancellationToken);
        WasInterrupted |= _serverStart != before;
    }

    private async Task ConnectAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                Connection = _place is not null
                    ? await _place.OpenAsync(_target.Database, _settings, cancellationToken)
                    : await Connections.OpenAsync(_target.Database, _settings, _statements, cancellationToken);
                _abandoned = false;
                _counted = _settings.Servers.Enter(_target.Database);
                Connection.Notice += (_, told) => WasInterrupted |= told.Notice.SqlState == PostgresErrorCodes.CrashShutdown;
                await LockAsync(patience, cancellationToken);
                IsNew = true;
                return;
            }
            catch (Exception e) when (ConnectionProblem.IsOne(e))
            {
                // Lost again before the lock was taken: nothing can have happened yet.
                if (await LeaveAsync() && attempt < 5 && SqlErrors.IsLostConnection(e)) continue;
                throw new UpgradeException(ConnectionProblem.Of(_target, e), e);
            }
            catch
            {
                await LeaveAsync();
                throw;
            }
    }

    private async Task LockAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var acquired = await TargetLock.AcquireAsync(
            Connection, _target.Scope, _target.Schema, patience, 2 * Sql.Seconds(_settings.AnswerTimeout), _time, cancellationToken);
        if (acquired.Holder is { } holder) throw new UpgradeException(RunProblem.Locked(_target, holder));
        (_serverStart, BackendPid, HasJournal) = (acquired.ServerStart, acquired.BackendPid, acquired.HasJournal);
    }

    /// <returns>Whether there was a connection.</returns>
    private async Task<bool> LeaveAsync()
    {
        var connected = _counted is not null;
        if (connected) await DisposeAsync();
        return connected;
    }

    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        Sql.ExecuteAsync(Connection, sql, cancellationToken, _settings.AnswerTimeout);

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
        var connection = Connection;
        _place?.Close();
        _ = Task.Run(() => connection.DisposeAsync().AsTask())
            .ContinueWith(static closing => closing.Exception, TaskScheduler.Default);
        Uncount();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_abandoned)
        {
            if (_place is not null && !await UnlockAsync()) _place.Close();
            await Connection.DisposeAsync();
        }
        Uncount();
    }

    /// <summary>A connection that stays must not keep the lock; one that is closed gives it free by that.</summary>
    private async Task<bool> UnlockAsync()
    {
        if (_counted is null || !IsOpen) return false;
        try
        {
            await ExecuteAsync("SELECT pg_catalog.pg_advisory_unlock_all()", CancellationToken.None);
            return true;
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) || e is InvalidOperationException)
        {
            return false;
        }
    }

    private void Uncount()
    {
        _counted?.Dispose();
        _counted = null;
    }
}
