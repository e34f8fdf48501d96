using System.Data;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Watches a long step from a second connection: who holds the lock that it waits for, and whether an answer was lost in the network. It
/// begins after half of the lock timeout, so that short steps cost nothing. If it cannot connect, the step is not affected.
/// </summary>
internal sealed class StepWatch : IAsyncDisposable
{
    private readonly LaneSession _session;
    private readonly Target _target;
    private readonly RunContext _context;
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _cancelled;
    private readonly Task _watching;
    private bool _asked;

    public StepWatch(LaneSession session, Target target, RunContext context, CancellationToken abort)
    {
        (_session, _target, _context) = (session, target, context);
        _cancelled = CancellationTokenSource.CreateLinkedTokenSource(abort, _lost.Token);
        _watching = WatchAsync();
    }

    /// <summary>Cancelled if the user cancels, or if an answer of the server was lost.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>Cancelled only if an answer of the server was lost; for COMMIT, which the user cannot cancel.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>The session or transaction that the step was last seen waiting for.</summary>
    public Blocker? Blocker { get; private set; }

    public string Describe(UpgradeStep step, Exception e)
    {
        if (_lost.IsCancellationRequested)
            return "The connection was closed: no answer arrived over it, although the server had finished the statement, or had never " +
                "received it.";
        return e is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } && Blocker is { } blocker
            ? $"{SqlErrors.Describe(e)} It waited for {blocker}.{StepFault.About(step, e)}" : StepFault.Describe(step, e);
    }

    /// <summary>After a lock timeout, adds the command that ends the blocking session.</summary>
    public Problem WithRemedy(Problem problem, Exception e)
    {
        if (e is not PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } || Blocker is not { } blocker) return problem;
        // A prepared transaction has no backend process.
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
        var patience = _context.Connection.LockTimeout;
        NpgsqlConnection? connection = null;
        try
        {
            await new Pause(patience / 2).WaitAsync(1, _context.Time, _end.Token);
            var pause = TimeSpan.FromMilliseconds(Math.Clamp(patience.TotalMilliseconds / 5, 20, 1000));
            await new Poll(Timeout.InfiniteTimeSpan, new Pause(pause), _context.Time).UntilAsync(async () =>
            {
                try
                {
                    connection ??= await Connections.TryOpenForReadingAsync(_target.Database, _context.Connection, _end.Token);
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
            // Best effort: failures here must not affect the step. The role may lack the right to read this.
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
        // End the session now: the server itself may notice the lost connection, and release the lock, much later.
        await _lost.CancelAsync();
        await Sql.EndSessionAsync(connection, _session.BackendPid, _end.Token);
    }

    /// <summary>Whether the server's session has long been idle, or no longer exists, while this process waits for an answer.</summary>
    private async Task<bool> IsSilentAsync(NpgsqlConnection connection)
    {
        await using var query = new NpgsqlCommand("""
            SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = $1
              AND (state = 'active' OR state_change > pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => $2)))
            """, connection)
        {
            Parameters = { new() { Value = _session.BackendPid }, new() { Value = _context.Connection.AnswerTimeout.TotalSeconds } },
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
