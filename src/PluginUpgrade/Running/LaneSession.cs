using Microsoft.Extensions.Logging;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>
/// A target's lock, its journal and the work on it, on one connection: when the session ends, however it ends, the lock and what is not
/// committed end with it.
/// </summary>
public sealed class LaneSession : IAsyncDisposable
{
    /// <summary>Where the connection is lost before the lock is taken.</summary>
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

    /// <summary>Whether a module's code has run in the session, and may have left something there.</summary>
    public bool IsUsed { get; set; }

    /// <summary>
    /// What each step begins with, so that it finds the session as new: DISCARD ALL in parts, without giving the target's lock up. What is
    /// prepared is left to <see cref="ForgetPreparedAsync"/>: Npgsql has to forget it too.
    /// </summary>
    public IReadOnlyList<string> ResetSql
    {
        get
        {
            var statements = !IsUsed ? Connections.ResetSql
                : [.. Connections.ResetSql, "CLOSE ALL", "UNLISTEN *", "DISCARD PLANS", "DISCARD SEQUENCES", "DISCARD TEMP"];
            SeededFault.Change("reset of a session", ref statements);
            return statements;
        }
    }

    /// <summary>The same where there is no step's transaction, and with what a step needs.</summary>
    public async Task ResetAsync(CancellationToken cancellationToken)
    {
        var settings = $"SELECT {Connections.SettingsSql(Connection.PostgreSqlVersion, _settings)}";
        await ExecuteAsync(string.Join("; ", [.. ResetSql, settings]), cancellationToken);
    }

    /// <summary>
    /// As <see cref="TargetLock.HoldForTransaction"/>, for the session alone: only the target's lock is left, and nothing is prepared.
    /// </summary>
    /// <param name="newestType">As it was answered before; null where types do not matter yet.</param>
    public async Task<(bool Held, long NewestType, MadeTypes Made)> HoldAsync(long? newestType, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(Connection) { Timeout = Sql.Seconds(_settings.AnswerTimeout) };
        batch.BatchCommands.Add(TargetLock.HoldForTransaction(_target.Scope, _target.Schema, "", "NULL"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {NewTypes.Query("$1")}")
        {
            Parameters = { new() { Value = newestType ?? uint.MaxValue } },
        });
        var (held, prepared, newest, made) = (false, false, 0L, default(MadeTypes));
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            if (await reader.ReadAsync(cancellationToken))
                (held, prepared, newest) = (reader.GetBoolean(0), reader.GetBoolean(1), NewTypes.After(reader.GetInt64(2)));
            await reader.NextResultAsync(cancellationToken);
            if (await reader.ReadAsync(cancellationToken)) made = MadeTypes.Read(reader, _target.Schema);
        }
        if (prepared) await ForgetPreparedAsync();
        return (held, newest, made);
    }

    /// <summary>Statements that a module prepared, in SQL or by Npgsql.</summary>
    public Task ForgetPreparedAsync() => Task.Run(Connection.UnprepareAll);

    /// <summary>A step has made types; not committed yet, they are this session's own.</summary>
    public void Made(MadeTypes made, bool committed)
    {
        if (committed) _settings.NewTypes.Add(_target, made);
        else if (made.Any) _typesAreOld = true;
    }

    /// <summary>
    /// Before a module's code: types that earlier steps have made are loaded. Npgsql asks for them in unqualified names, so for that moment
    /// nothing but PostgreSQL's own objects is found.
    /// </summary>
    /// <param name="inTransaction">Whether the step is one: then its path is the transaction's.</param>
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

    /// <returns>The search path of before.</returns>
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

    /// <summary>Connects and takes the lock. A server that is away is waited for.</summary>
    /// <param name="slot">Where the connection comes from and stays afterwards; null: one of its own.</param>
    /// <param name="statements">Of a connection of its own: hears what is sent.</param>
    /// <exception cref="UpgradeException">The target cannot be reached, or another session holds its lock.</exception>
    public static async Task<LaneSession> OpenAsync(
        Target target, ConnectionSettings settings, TimeSpan patience,
        ConnectionSlot? slot, ILoggerFactory? statements, TimeProvider time, CancellationToken cancellationToken)
    {
        var session = new LaneSession(target, settings, slot, statements, time);
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
        try
        {
            // Lost again before the lock was taken: nothing can have happened yet.
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

    /// <summary>Rolls back what is open; where the connection cannot even do that, closes it, which makes the server roll back.</summary>
    /// <returns>Whether the session can be used further.</returns>
    public async Task<bool> RollBackAsync()
    {
        if (_abandoned) return false;
        // What was loaded of types that are rolled back would be taken for those of the next try.
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
    /// A module that cannot be ended may be using the connection: it is closed aside, and nobody waits for that or uses it any more.
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
