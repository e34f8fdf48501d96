using Microsoft.Extensions.Logging;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>
/// The connection that holds a target's lock and does all work on the target and its journal. When the session ends, for any reason, the
/// lock is released and uncommitted work is rolled back.
/// </summary>
public sealed partial class LaneSession : IAsyncDisposable
{
    /// <summary>Attempts, if the connection is lost before the lock is taken.</summary>
    private const int Tries = 5;

    private readonly Target _target;
    private readonly ConnectionSettings _settings;
    private readonly ILoggerFactory? _statements;
    private readonly TimeProvider _time;
    private readonly ConnectionSlot? _slot;
    private IDisposable? _counted;
    private DateTime _serverStart;
    private bool _abandoned;
    private long _typesAsOf;
    private bool _typesAreOld;
    private bool _hasUncommittedTypes;

    private LaneSession(
        Target target, ConnectionSettings settings, ConnectionSlot? slot, ILoggerFactory? statements, TimeProvider time)
    {
        (_target, _settings, _slot, _statements, _time) = (target, settings, slot, statements, time);
        Journal = new Journal(target.Schema, settings.AnswerTimeout);
        Reader = new LaneReader(target, settings, slot);
    }

    public NpgsqlConnection Connection { get; private set; } = null!;

    public Journal Journal { get; }

    public LaneReader Reader { get; }

    /// <summary>The backend's process id, asked from the server: behind a pooler, Npgsql's own value is wrong.</summary>
    public int BackendPid { get; private set; }

    public bool IsOpen => !_abandoned && Connection.State == System.Data.ConnectionState.Open;

    /// <summary>Whether the server itself ended the previous connection: it was restarted, or one of its processes crashed.</summary>
    public bool WasInterrupted { get; set; }

    /// <summary>Whether the target has not been checked yet for changes from the time when this session did not hold the lock.</summary>
    public bool IsNew { get; set; }

    /// <summary>The version that another run has upgraded the target to since this run was planned; else null.</summary>
    public UpgradeVersion? Overtaken { get; set; }

    /// <summary>The last committed step of this lane; null if there is none.</summary>
    public UpgradeStep? LastDone { get; set; }

    /// <summary>Whether the journal's table existed when the lock was taken.</summary>
    public bool HasJournal { get; private set; }

    /// <summary>Whether module code has run in the session: it may have changed the session's state.</summary>
    public bool IsUsed { get; set; }

    /// <summary>Records that a step created types. Uncommitted types are visible only to this session.</summary>
    public void Made(MadeTypes made, bool committed)
    {
        if (committed) _settings.NewTypes.Add(_target, made);
        else if (made.Any) CreatedTypes();
    }

    /// <summary>The open transaction has created types: they are loaded before the next module's code runs in it.</summary>
    public void CreatedTypes() => _typesAreOld = true;

    /// <summary>
    /// Loads the types that earlier steps created, before a module's code runs. Npgsql's query uses unqualified names, so meanwhile the
    /// search path contains only PostgreSQL's own objects.
    /// </summary>
    /// <param name="inTransaction">Whether the step is transactional: then the search path is set only for the transaction.</param>
    public async Task LearnTypesAsync(bool inTransaction, CancellationToken cancellationToken)
    {
        if (!_typesAreOld && !_settings.NewTypes.AreThere(_target, _slot?.TypesAsOf ?? _typesAsOf)) return;
        var now = _settings.NewTypes.Now;
        var path = await ExchangePathAsync(SessionOptions.SearchPath, inTransaction, cancellationToken);
        await Connection.ReloadTypesAsync(cancellationToken);
        await ExchangePathAsync(path, inTransaction, cancellationToken);
        _hasUncommittedTypes |= _typesAreOld;
        (_typesAsOf, _typesAreOld) = (now, false);
        if (_slot is not null) _slot.TypesAsOf = now;
    }

    /// <returns>The previous search path.</returns>
    private async Task<string> ExchangePathAsync(string path, bool inTransaction, CancellationToken cancellationToken)
    {
        await using var exchange = new NpgsqlCommand(
            "SELECT pg_catalog.current_setting('search_path'), pg_catalog.set_config('search_path', $1, $2)", Connection)
        {
            Parameters = { new() { Value = path }, new() { Value = inTransaction } },
            CommandTimeout = Sql.Seconds(_settings.AnswerTimeout),
        };
        return (string)(await exchange.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Connects and takes the lock. Waits for a server that cannot be reached.</summary>
    /// <param name="slot">The slot that owns the connection and keeps it afterwards; null: the session opens its own connection.</param>
    /// <param name="statements">Receives the statements that are sent on the session's own connection; null: none.</param>
    /// <exception cref="UpgradeException">The target cannot be reached, or another session holds its lock.</exception>
    public static async Task<LaneSession> OpenAsync(
        Target target, ConnectionSettings settings, TimeSpan patience,
        ConnectionSlot? slot, ILoggerFactory? statements, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = new LaneSession(target, settings, slot, statements, time);
        await session.ConnectAsync(patience, cancellationToken);
        return session;
    }

    /// <summary>Opens a new connection and takes the lock again.</summary>
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
        try
        {
            // If the connection is lost before the lock is taken, try again: nothing has happened yet.
            await Retry.RunAsync(Tries, async () =>
            {
                await EnterAsync(cancellationToken);
                return await LockAsync(patience, cancellationToken);
            }, e => ConnectionProblem.IsOne(e) && IsConnected && SqlErrors.IsLostConnection(e), (_, _) => LeaveAsync());
            IsNew = true;
        }
        catch (Exception e)
        {
            await LeaveAsync();
            if (!ConnectionProblem.IsOne(e)) throw;
            throw new UpgradeException(ConnectionProblem.Of(_target, e), e);
        }
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        if (_slot is null) _typesAsOf = _settings.NewTypes.Now;
        IsUsed = false;
        Connection = _slot is not null
            ? await _slot.OpenAsync(_target.Database, _settings, cancellationToken)
            : await Connections.OpenAsync(_target.Database, _settings, _statements, cancellationToken);
        _abandoned = false;
        _counted = _settings.Servers.Enter(_target.Database);
        Connection.Notice += (_, told) => WasInterrupted |= told.Notice.SqlState == PostgresErrorCodes.CrashShutdown;
    }

    private bool IsConnected => _counted is not null;

    private async Task<TargetLock.Acquired> LockAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var acquired = await TargetLock.AcquireAsync(
            Connection, _target.Scope, _target.Schema, patience, 2 * Sql.Seconds(_settings.AnswerTimeout), _time, cancellationToken);
        if (acquired.Holder is { } holder) throw new UpgradeException(RunProblem.Locked(_target, holder));
        (_serverStart, BackendPid, HasJournal) = (acquired.ServerStart, acquired.BackendPid, acquired.HasJournal);
        return acquired;
    }

    private async Task LeaveAsync()
    {
        if (IsConnected) await DisposeAsync();
    }

    public Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        Sql.ExecuteAsync(Connection, sql, cancellationToken, _settings.AnswerTimeout);

    /// <summary>Rolls back the open transaction. If that fails, closes the connection, so that the server rolls back.</summary>
    /// <returns>Whether the session is still usable.</returns>
    public async Task<bool> RollBackAsync()
    {
        if (_abandoned) return false;
        // Types loaded from the rolled-back transaction must be loaded again: the next attempt creates others.
        (_typesAreOld, _hasUncommittedTypes) = (_typesAreOld || _hasUncommittedTypes, false);
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
    /// Gives up the connection, because a module that does not end may still use it. It is closed in the background, without waiting.
    /// </summary>
    public void Abandon()
    {
        _abandoned = true;
        var connection = Connection;
        _slot?.Close();
        _ = Task.Run(() => connection.DisposeAsync().AsTask())
            .ContinueWith(static closing => closing.Exception, TaskScheduler.Default);
        Uncount();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_abandoned)
        {
            if (_slot is not null && !await UnlockAsync()) _slot.CloseConnection();
            await Connection.DisposeAsync();
        }
        await Reader.LeaveAsync();
        Uncount();
    }

    /// <summary>
    /// Ends the session, also where its slot would keep the connection, and forgets the database's types: another one may get its name.
    /// </summary>
    public async Task DisconnectAsync()
    {
        await DisposeAsync();
        _slot?.Close();
    }

    /// <summary>Releases the lock on a connection that stays open. Closing a connection releases its locks anyway.</summary>
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
