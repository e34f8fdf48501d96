using System.Data;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Looks from a second connection at a step that takes long: who holds the lock that it waits for, and whether an answer was lost on the
/// way. Begins when half of the lock timeout is over, so that short steps cost nothing. That it cannot connect harms nobody.
/// </summary>
internal sealed class StepWatch : IAsyncDisposable
{
    private readonly LaneSession _session;
    private readonly Target _target;
    private readonly RunContext _setting;
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _cancelled;
    private readonly Task _watching;
    private bool _asked;

    public StepWatch(LaneSession session, Target target, RunContext context, CancellationToken abort)
    {
        (_session, _target, _setting) = (session, target, context);
        _cancelled = CancellationTokenSource.CreateLinkedTokenSource(abort, _lost.Token);
        _watching = WatchAsync();
    }

    /// <summary>The user's wish to abort, or an answer that will not come.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>For what is not to be aborted by the user: COMMIT.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Whom the step waited for when it was last looked at.</summary>
    public Blocker? Blocker { get; private set; }

    public string Describe(UpgradeStep step, Exception e)
    {
        if (_lost.IsCancellationRequested)
            return "Nothing arrived over the connection any more, although the server had answered or was never asked. The connection " +
                "was given up.";
        return e is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } && Blocker is { } blocker
            ? $"{SqlErrors.Describe(e)} It waited for {blocker}.{StepFault.About(step, e)}" : StepFault.Describe(step, e);
    }

    /// <summary>With the command that ends whoever is in the way, where the step waited for a lock in vain.</summary>
    public Problem WithRemedy(Problem problem, Exception e)
    {
        if (e is not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } || Blocker is not { } blocker) return problem;
        // A prepared transaction has no process.
        var look = blocker.Pid == 0 ? "SELECT gid, prepared, owner FROM pg_catalog.pg_prepared_xacts"
            : FormattableString.Invariant($"SELECT pg_catalog.pg_terminate_backend({blocker.Pid})");
        var command = NextCommand.Of($"psql{_target.Argument} --command '{look}'");
        return problem with
        {
            Remedy = blocker.Pid == 0 ? $"End the prepared transaction, then run the same command. To find it: {command}"
                : $"Wait until that session ends, then run the same command. To end it now: {command}",
        };
    }

    private async Task WatchAsync()
    {
        var patience = _setting.Connection.LockTimeout;
        NpgsqlConnection? connection = null;
        try
        {
            await new Pause(patience / 2).WaitAsync(1, _setting.Time, _end.Token);
            var pause = TimeSpan.FromMilliseconds(Math.Clamp(patience.TotalMilliseconds / 5, 20, 1000));
            await new Poll(Timeout.InfiniteTimeSpan, new Pause(pause), _setting.Time).UntilAsync(async () =>
            {
                try
                {
                    connection ??= await Connections.TryOpenForReadingAsync(_target.Database, _setting.Connection, _end.Token);
                    await LookAsync(connection);
                }
                catch (Exception e) when (!_end.IsCancellationRequested && (SqlErrors.IsFull(e) || SqlErrors.IsLostConnection(e)))
                {
                    if (connection is not null) await connection.DisposeAsync();
                    connection = null;
                }
                return false;
            }, _end.Token);
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            // The step has ended.
        }
        catch (Exception)
        {
            // Best effort: failures here must not affect the step. The server may not let this role look.
        }
        finally
        {
            if (connection is not null) await connection.DisposeAsync();
        }
    }

    private async Task LookAsync(NpgsqlConnection connection)
    {
        if (await Blocker.FindAsync(connection, _session.BackendPid, _end.Token) is { } blocker) Blocker = blocker;
        var asks = _session.Connection.FullState.HasFlag(ConnectionState.Executing);
        var unheard = asks && _asked && !_lost.IsCancellationRequested && await IsSilentAsync(connection);
        _asked = asks;
        if (!unheard) return;
        // Its lock is to end now, and not when the server finds out.
        await _lost.CancelAsync();
        await Sql.EndSessionAsync(connection, _session.BackendPid, _end.Token);
    }

    /// <summary>This host waits for an answer, and the server has long been idle, or has no such session any more.</summary>
    private async Task<bool> IsSilentAsync(NpgsqlConnection connection)
    {
        await using var query = new NpgsqlCommand("""
            SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = $1
              AND (state = 'active' OR state_change > pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => $2)))
            """, connection)
        {
            Parameters = { new() { Value = _session.BackendPid }, new() { Value = _setting.Connection.AnswerTimeout.TotalSeconds } },
        };
        return await query.ExecuteScalarAsync(_end.Token) is true;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        _cancelled.Dispose();
        _lost.Dispose();
        _end.Dispose();
    }
}
