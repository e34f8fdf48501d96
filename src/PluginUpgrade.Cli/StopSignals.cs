using System.Runtime.InteropServices;

namespace PluginUpgrade.Cli;

/// <summary>
/// Ctrl-C and the signal that ends a service. The first asks to begin nothing new, the second to cancel what runs; the third ends the
/// process as it would without us.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action<string> _tell;
    private int _count;

    public StopSignals(Action<string> tell)
    {
        _tell = tell;
        PosixSignal[] signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM];
        _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, On))];
    }

    /// <summary>Begin no new step.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancel the steps that run.</summary>
    public CancellationToken Abort => _abort.Token;

    /// <summary>Nothing is left to ask for: the process ends.</summary>
    public bool AreExhausted => Volatile.Read(ref _count) > 2;

    private void On(PosixSignalContext context)
    {
        switch (Interlocked.Increment(ref _count))
        {
            case 1:
                context.Cancel = true;
                _tell("Stopping: no new step is begun, running ones finish. Once more to cancel them; nothing is lost either way.");
                _stop.Cancel();
                break;
            case 2:
                context.Cancel = true;
                _tell("Cancelling: running steps are rolled back.");
                _stop.Cancel();
                _abort.Cancel();
                break;
            default:
                ProcessEnd.Now(context.Signal == PosixSignal.SIGINT ? 130 : 143);
                break;
        }
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stop.Dispose();
        _abort.Dispose();
    }
}
