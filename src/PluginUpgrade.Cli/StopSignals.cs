using System.Runtime.InteropServices;

namespace PluginUpgrade.Cli;

/// <summary>
/// Ctrl-C (SIGINT) and SIGTERM. The first signal begins nothing new, the second cancels running steps, the third ends the process at once.
/// SIGHUP is ignored: a lost terminal connection must not stop an upgrade.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action<string> _notify;
    private readonly ThreadRoom _room;
    private volatile bool _childHasTerminal;
    private volatile bool _hasBegun;
    private int _count;

    /// <param name="notify">Shows the user what the signal does.</param>
    /// <param name="end">Ends a process that has no free threads for an orderly end; true if the user asked to cancel.</param>
    public StopSignals(Action<string> notify, Action<bool> end)
    {
        _notify = notify;
        _room = new ThreadRoom(
            () => _abort.IsCancellationRequested || ModulesAtWork.AreOverdue(TimeSpan.FromSeconds(30)),
            () => end(_abort.IsCancellationRequested));
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, On))];
    }

    /// <summary>Begin no new step.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancel the steps that run.</summary>
    public CancellationToken Abort => _abort.Token;

    /// <summary>Whether the third signal has arrived: the process ends.</summary>
    public bool AreExhausted => Volatile.Read(ref _count) > 2;

    /// <summary>To be called before the first change.</summary>
    public void OnBegin() => _hasBegun = true;

    /// <summary>From now on Ctrl-C is for the interactive program (psql) in this terminal, where it cancels a query.</summary>
    public void LeaveTerminalToChild() => _childHasTerminal = true;

    private void On(PosixSignalContext context)
    {
        var isForChild = _childHasTerminal && context.Signal == PosixSignal.SIGINT;
        if (context.Signal == PosixSignal.SIGHUP || isForChild)
        {
            context.Cancel = true;
            return;
        }
        switch (Interlocked.Increment(ref _count))
        {
            case 1:
                context.Cancel = true;
                Cancel(_stop);
                _notify(_hasBegun
                    ? "Stopping: no new step begins, running steps finish. Press again to cancel them. You can continue later."
                    : "Stopping: nothing was changed. Press again to cancel at once.");
                break;
            case 2:
                context.Cancel = true;
                Cancel(_stop, _abort);
                _notify(_hasBegun ? "Cancelling: running steps are rolled back." : "Cancelling.");
                break;
            default:
                ProcessEnd.Now(context.Signal == PosixSignal.SIGINT ? 130 : 143);
                break;
        }
    }

    /// <summary>
    /// Cancels on a separate thread: modules' callbacks on these tokens may block. The user is notified afterwards, because standard error
    /// may block too.
    /// </summary>
    private static void Cancel(params CancellationTokenSource[] sources)
    {
        var thread = new Thread(() => Array.ForEach(sources, Cancel)) { IsBackground = true, Name = "stop" };
        thread.Start();
        thread.Join(TimeSpan.FromSeconds(1));
    }

    private static void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (Exception e) when (e is AggregateException or ObjectDisposedException)
        {
            // A module's callback threw (the others were called nevertheless), or the verb has ended in the meantime.
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _room.Dispose();
        _stop.Dispose();
        _abort.Dispose();
    }
}
