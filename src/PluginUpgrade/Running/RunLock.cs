using Npgsql;
using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>
/// The lock of an upgrade of the whole installation, held from its beginning to its end, so that a second upgrade is refused at once and
/// not in the middle. The targets themselves are protected by their own locks. If the lock's session ends, no new step begins until the
/// lock is taken again.
/// </summary>
public sealed class RunLock : IAsyncDisposable
{
    private readonly Target _installation;
    private readonly ConnectionSettings _settings;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private NpgsqlConnection _connection;
    private volatile Task<Problem?> _held = Task.FromResult<Problem?>(null);
    private Task _watching = Task.CompletedTask;

    private RunLock(Target installation, ConnectionSettings settings, TimeProvider time, NpgsqlConnection connection) =>
        (_installation, _settings, _time, _connection) = (installation, settings, time, connection);

    /// <returns>The lock, to be disposed at the end of the run.</returns>
    /// <exception cref="UpgradeException">Another run holds the lock, or the server cannot be reached.</exception>
    public static async Task<RunLock> AcquireAsync(
        Target installation, ConnectionSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await MissingSchema.MakeAsync(installation, settings, cancellationToken);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            throw new UpgradeException(ConnectionProblem.Of(installation, e), e);
        }
        var held = new RunLock(
            installation, settings, time, await OpenAsync(installation, settings, time, LockCheck.RunInProgress, cancellationToken));
        held._watching = held.WatchAsync();
        return held;
    }

    /// <summary>
    /// To be called before each step. Completes at once while the lock is held; after a loss, when the attempt to take it again has ended.
    /// </summary>
    /// <returns>Why no further step may begin; null if one may.</returns>
    public Task<Problem?> FindLossAsync() => _held;

    private static async Task<NpgsqlConnection> OpenAsync(
        Target installation, ConnectionSettings settings, TimeProvider time, Func<LockHolder, Problem> heldBy,
        CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await Connections.OpenForReadingAsync(installation.Database, settings, WaitFor.Return, cancellationToken);
            var holder = await TargetLock.AcquireRunAsync(connection, installation.Schema, settings.LockTimeout, time, cancellationToken);
            return holder is null ? connection : throw new UpgradeException(heldBy(holder));
        }
        catch (Exception e)
        {
            if (connection is not null) await connection.DisposeAsync();
            // The server was reachable a moment ago: it ended this session, or is shutting down.
            if (ConnectionProblem.IsOne(e)) throw new UpgradeException(ConnectionProblem.Of(installation, e), e);
            throw;
        }
    }

    /// <summary>The server never sends anything on this connection, so waiting on it ends only when the session ends.</summary>
    private async Task WatchAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                await _connection.WaitAsync(_end.Token);
                continue;
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                return;
            }
            catch (Exception)
            {
                // Whatever ended the wait: only taking the lock again shows whether it is still held.
            }
            var answer = new TaskCompletionSource<Problem?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _held = answer.Task;
            var problem = await TakeAgainAsync();
            answer.SetResult(problem);
            if (problem is not null) return;
        }
    }

    private async Task<Problem?> TakeAgainAsync()
    {
        try
        {
            await _connection.DisposeAsync();
            _connection = await OpenAsync(_installation, _settings, _time, RunProblem.RunLockTaken, _end.Token);
            return null;
        }
        catch (UpgradeException e)
        {
            return e.Problems[0].Code == "KU-4030" ? e.Problems[0] : RunProblem.RunLockLost(e.Problems[0]);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception e)
        {
            // Unforeseen, but the lanes wait for an answer.
            return RunProblem.RunLockLost(ConnectionProblem.WhileReading(_installation, e));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _watching;
        await _connection.DisposeAsync();
        _end.Dispose();
    }
}
