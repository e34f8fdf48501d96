using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Cli;

/// <summary>
/// A module may end the process, even with exit code 0, or leave a thread behind whose exception nobody catches. In both cases the process
/// ends, but it first reports which modules were running, and its exit code says that it failed.
/// </summary>
public sealed class UnexpectedEnd : IDisposable
{
    private readonly Output _output;
    private readonly StopSignals _signals;
    private int _reported;

    public UnexpectedEnd(Output output, StopSignals signals)
    {
        (_output, _signals) = (output, signals);
        AppDomain.CurrentDomain.ProcessExit += OnExit;
        AppDomain.CurrentDomain.UnhandledException += OnUnhandled;
    }

    private void OnExit(object? sender, EventArgs e)
    {
        // The third signal ends the process on purpose.
        if (_signals.AreExhausted) return;
        Report("KU-5025", "Code in this process ended the process", "Correct the module: it must not call Environment.Exit.");
        ProcessEnd.Now(1);
    }

    private void OnUnhandled(object sender, UnhandledExceptionEventArgs e)
    {
        if (_output.IsVerbose && e.ExceptionObject is Exception shown) _output.Remark(FailureText.WithStackTrace(shown));
        if (e.ExceptionObject is Exception failed && SystemFailure.Of(failed, begun: true) is { Code: "KU-9003" or "KU-9005" } failure)
            Report(failure with { Subject = Problem.Join(ModulesAtWork.Now) });
        var thrown = e.ExceptionObject is Exception exception ? FailureText.NameAndMessage(exception) : $"{e.ExceptionObject}";
        Report("KU-5026", $"An unhandled exception ended the process ({thrown.TrimEnd('.')})",
            "Correct the module that left a thread running.");
        // End now: the runtime would print a stack trace.
        ProcessEnd.Now(1);
    }

    private void Report(string code, string what, string remedy)
    {
        var modules = ModulesAtWork.Now;
        if (modules.Count == 0) what += ", while no module was running";
        Report(new Problem(code, Problem.Join(modules),
            $"{what}. Committed steps are kept; the server rolls back the rest.",
            $"{remedy} To continue, run the same command."));
    }

    private void Report(Problem problem)
    {
        if (Interlocked.Exchange(ref _reported, 1) != 0) return;
        if (_output.IsJson) _output.Json(Outcome.Failed, 1, [problem]);
        else _output.Print([problem]);
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        AppDomain.CurrentDomain.UnhandledException -= OnUnhandled;
    }
}
