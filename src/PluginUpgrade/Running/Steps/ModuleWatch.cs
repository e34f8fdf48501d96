using System.Data;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>The module took longer than it may.</summary>
/// <param name="limit">What it may take.</param>
/// <param name="stillRuns">It did not heed its cancellation: its code is still at it, without a connection.</param>
public sealed class StepTimeoutException(TimeSpan limit, bool stillRuns) : Exception("The module took too long.")
{
    public TimeSpan Limit => limit;

    public bool StillRuns => stillRuns;
}

/// <summary>The module ended, and left a statement or a reader of its own at work on the step's connection.</summary>
public sealed class BusyConnectionException(Exception? thrown) : Exception("The module left the connection busy.", thrown);

/// <summary>
/// Calls a module's code, and does not depend on its coming back. Out of time, or when the user cancels, its token is cancelled; a while
/// later its session is ended in the server, which rolls back and gives the lock free; a module that continues even then is left behind.
/// </summary>
internal sealed class ModuleWatch(RunContext context)
{
    /// <summary>For a module to end after its cancellation.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>For a module whose session was ended, to see that.</summary>
    private static readonly TimeSpan LastGrace = TimeSpan.FromSeconds(1);

    /// <exception cref="StepTimeoutException">It took too long.</exception>
    /// <exception cref="BusyConnectionException">It left something running.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled it.</exception>
    public async Task<T> RunAsync<T>(
        LaneSession session, UpgradeStep step, UpgradeModule module, StepConnections others, Func<CancellationToken, Task<T>> code,
        CancellationToken abort)
    {
        var limit = context.StepTimeouts.TryGetValue(module.Name, out var own) ? own : context.StepTimeout;
        using var late = limit is { } time ? new CancellationTokenSource(time, context.Time) : new CancellationTokenSource();
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(abort, late.Token);
        // The module's own, as it may have it call code that hangs or throws. Not disposed: one that is left behind may still ask for it.
        var cancelled = new CancellationTokenSource();
        // Aside: a module that computes without ever awaiting would keep the lane's own thread.
        var running = Task.Run(
            () => ModulesAtWork.DuringAsync($"{step}", () => code(cancelled.Token), limit), CancellationToken.None);
        await EndOrCancellationAsync(running, hurry.Token);
        // Asked for now: the session that is ended below may be taken for a lost connection later.
        var isLate = late.IsCancellationRequested && !abort.IsCancellationRequested;
        if (hurry.IsCancellationRequested) Cancel(cancelled);
        var ended = running.IsCompleted || await EndsAsync(running, Grace);
        if (!ended)
        {
            await EndSessionsAsync(session, step, others);
            ended = await EndsAsync(running, LastGrace);
            if (!ended) session.Abandon();
        }
        // What it started and did not wait for would keep us from ending the transaction, or take place after it.
        var busy = ended
            && ((session.Connection.FullState & (ConnectionState.Executing | ConnectionState.Fetching)) != 0 || others.AreBusy);
        if (busy)
        {
            await EndSessionsAsync(session, step, others);
            session.Abandon();
        }
        // Also where it ended without an exception: it may have left its work halfway, as it was asked to.
        if (isLate) throw new StepTimeoutException(limit!.Value, stillRuns: !ended);
        abort.ThrowIfCancellationRequested();
        if (busy) throw new BusyConnectionException(running.Exception?.InnerException);
        return await running;
    }

    /// <summary>On a thread of its own: what the module has registered is called there, and may never return.</summary>
    private static void Cancel(CancellationTokenSource cancelled) => new Thread(() =>
    {
        try
        {
            cancelled.Cancel();
        }
        catch (Exception)
        {
            // Of the module's callbacks. How its step ends is seen by its task.
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

    /// <summary>Over another connection: nobody else can use one that the module may be using.</summary>
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
            // The server cannot be reached: then the session ends when the connection is closed.
        }
    }
}
