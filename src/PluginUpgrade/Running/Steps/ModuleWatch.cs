using System.Data;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>The module exceeded its time limit.</summary>
/// <param name="limit">The time limit.</param>
/// <param name="stillRuns">Whether the module ignored its cancellation: its code still runs, without a connection.</param>
public sealed class StepTimeoutException(TimeSpan limit, bool stillRuns) : Exception("The module took too long.")
{
    public TimeSpan Limit => limit;

    public bool StillRuns => stillRuns;
}

/// <summary>The module returned while one of its statements or readers was still running.</summary>
public sealed class BusyConnectionException(Exception? thrown) : Exception("The module left the connection busy.", thrown);

/// <summary>
/// Calls a module's code without relying on its return. After the time limit, or when the user cancels, its token is cancelled. After
/// <see cref="Grace"/> its session is ended in the server, which rolls back and releases the lock. A module that still runs after
/// <see cref="LastGrace"/> is left running.
/// </summary>
internal sealed class ModuleWatch(RunContext context)
{
    /// <summary>How long a module may take to end after its cancellation.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>How long a module may take to end after its session was ended.</summary>
    private static readonly TimeSpan LastGrace = TimeSpan.FromSeconds(1);

    /// <exception cref="StepTimeoutException">The module exceeded its time limit.</exception>
    /// <exception cref="BusyConnectionException">The module left a statement running.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled the step.</exception>
    public async Task<T> RunAsync<T>(
        LaneSession session, UpgradeStep step, UpgradeModule module, StepConnections others, Func<CancellationToken, Task<T>> code,
        CancellationToken abort)
    {
        var limit = context.StepTimeouts.TryGetValue(module.Name, out var own) ? own : context.StepTimeout;
        using var late = limit is { } time ? new CancellationTokenSource(time, context.Time) : new CancellationTokenSource();
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(abort, late.Token);
        // A separate token, because callbacks that the module registers may hang or throw. Not disposed: a module left running may use it.
        var cancelled = new CancellationTokenSource();
        // On a pool thread: a module that computes without awaiting would block the lane's thread.
        var running = Task.Run(
            () => ModulesAtWork.DuringAsync($"{step}", () => code(cancelled.Token), limit), CancellationToken.None);
        await EndOrCancellationAsync(running, hurry.Token);
        // Decided now: ending the session below may cause abort later, because it can look like a lost connection.
        var isLate = late.IsCancellationRequested && !abort.IsCancellationRequested;
        if (hurry.IsCancellationRequested) Cancel(cancelled);
        var ended = running.IsCompleted || await EndsAsync(running, Grace);
        if (!ended)
        {
            await EndSessionsAsync(session, step, others);
            ended = await EndsAsync(running, LastGrace);
            if (!ended) session.Abandon();
        }
        // A statement that the module did not await would prevent the end of the transaction, or run after it.
        var busy = ended
            && ((session.Connection.FullState & (ConnectionState.Executing | ConnectionState.Fetching)) != 0 || others.AreBusy);
        if (busy)
        {
            await EndSessionsAsync(session, step, others);
            session.Abandon();
        }
        // Also if the module ended without an exception: after the cancellation its work may be incomplete.
        if (isLate) throw new StepTimeoutException(limit!.Value, stillRuns: !ended);
        abort.ThrowIfCancellationRequested();
        if (busy) throw new BusyConnectionException(running.Exception?.InnerException);
        return await running;
    }

    /// <summary>Cancels on a separate thread: the module's callbacks run there, and may never return.</summary>
    private static void Cancel(CancellationTokenSource cancelled) => new Thread(() =>
    {
        try
        {
            cancelled.Cancel();
        }
        catch (Exception)
        {
            // Thrown by the module's callbacks. The outcome of the step is decided by its task.
        }
    })
    { IsBackground = true, Name = "cancelling a module" }.Start();

    private static async Task EndOrCancellationAsync(Task running, CancellationToken cancelled) =>
        await running.WaitAsync(cancelled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task<bool> EndsAsync(Task running, TimeSpan limit)
    {
        await running.WaitAsync(limit, context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return running.IsCompleted;
    }

    /// <summary>Ends the sessions over another connection: the module may still be using its own.</summary>
    private async Task EndSessionsAsync(LaneSession session, UpgradeStep step, StepConnections others)
    {
        await others.EndSessionsAsync();
        try
        {
            await using var other =
                await Connections.TryOpenForReadingAsync(step.Target.Database, context.Connection, CancellationToken.None);
            await Sql.EndSessionAsync(other, session.BackendPid, CancellationToken.None);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            // The server cannot be reached: the session ends when the connection is closed.
        }
    }
}
