using System.Runtime.InteropServices;

namespace PluginUpgrade.Cli;

/// <summary>
/// Ctrl-C and the signal that ends a service. The first asks to begin nothing new, the second to cancel what runs; the third ends the
/// process as it would without us. That a terminal hangs up asks for nothing: who lost the line did not mean to stop an upgrade.
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

    /// <param name="notify">Tells the user what was understood.</param>
    /// <param name="end">Ends the process, which has no threads left to end in order; says whether the user asked for that.</param>
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

    /// <summary>Nothing is left to ask for: the process ends.</summary>
    public bool AreExhausted => Volatile.Read(ref _count) > 2;

    /// <summary>From here on something is changed.</summary>
    public void OnBegin() => _hasBegun = true;

    /// <summary>From now on Ctrl-C is for the interactive program that was started in this terminal: it cancels a query there.</summary>
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
                    : "Stopping: nothing was changed. Press again to cancel what is being read.");
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
    /// On a thread of its own: what modules have registered with their tokens is called there, and may block. Telling comes later, since
    /// standard error may block too.
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
            // A module's callback threw, and all others were called anyway; or the verb has ended in the meantime.
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
