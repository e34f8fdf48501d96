using System.Threading.Channels;
using PluginUpgrade.Programs;
using PluginUpgrade.Running;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// Runs the operator's commands around a run: Before, when nothing has changed yet, and After or OnFailure, depending on the outcome. Once
/// Before has begun, After or OnFailure always follows, as long as this process lives.
/// </summary>
public sealed class HookRunner(OperatorHooks hooks, Guid runId, string root, ChannelWriter<UpgradeEvent> events, TimeProvider time)
{
    private const int OutputShown = 1000;

    /// <param name="ready">Called after Before has run: finds what still prevents the run.</param>
    /// <param name="run">The run itself.</param>
    /// <exception cref="UpgradeException">Refused, perhaps by Before: no target was changed.</exception>
    public async Task<RunOutcome> AroundAsync(
        Func<Task<IReadOnlyList<Problem>>> ready, Func<Task<RunOutcome>> run, CancellationToken abort)
    {
        RunOutcome outcome;
        try
        {
            if (hooks.Before is { } before)
            {
                if (await RunAsync(nameof(hooks.Before), before, null, HookProblem.Before, abort) is { } problem)
                    throw new UpgradeException(problem);
                if (await ready() is { Count: > 0 } problems) throw new UpgradeException(problems);
            }
            outcome = await run();
        }
        catch (Exception e) when (hooks.Before is not null || e is not (UpgradeException or OperationCanceledException))
        {
            var ended = e switch { UpgradeException => "refused", OperationCanceledException => "stopped", _ => "failed" };
            if (await OnFailureAsync(ended) is { } failed && e is UpgradeException refused)
                throw new UpgradeException([.. refused.Problems, failed], e);
            throw;
        }
        if (outcome.ExitCode != 0)
            return outcome with { Hook = await OnFailureAsync(outcome.Failed.Count > 0 ? "failed" : "stopped") };
        if (hooks.After is not { } after) return outcome;
        return outcome with { Hook = await RunAsync(nameof(hooks.After), after, "done", HookProblem.After, CancellationToken.None) };
    }

    /// <summary>Cannot be cancelled, because it restores what Before has changed. Its own time limit bounds it.</summary>
    private async Task<Problem?> OnFailureAsync(string outcome) => hooks.OnFailure is { } hook
        ? await RunAsync(nameof(hooks.OnFailure), hook, outcome, HookProblem.OnFailure, CancellationToken.None) : null;

    /// <returns>What is wrong; null if it ended with 0.</returns>
    private async Task<Problem?> RunAsync(
        string name, OperatorHook hook, string? outcome, Func<OperatorHook, string, Problem> problemOf, CancellationToken cancellationToken)
    {
        events.TryWrite(new UpgradeEvent.HookStarted(name, hook));
        var start = time.GetTimestamp();
        var fault = await FaultAsync(hook, outcome, cancellationToken);
        var problem = fault is null ? null : problemOf(hook, fault);
        events.TryWrite(new UpgradeEvent.HookEnded(name, problem, time.GetElapsedTime(start)));
        return problem;
    }

    private async Task<string?> FaultAsync(OperatorHook hook, string? outcome, CancellationToken cancellationToken)
    {
        try
        {
            var call = OperatorCommand.Of(hook.Command, hook.Limit, runId, root);
            var environment = new Dictionary<string, string?>(call.Environment) { ["KRANG_OUTCOME"] = outcome };
            var result = await (call with { Environment = environment }).RunAsync(cancellationToken);
            return result.ExitCode == 0 ? null : OperatorCommand.Fault(result.ExitCode, Shortened(result.Said));
        }
        catch (UpgradeException e)
        {
            return Shortened(e.Problems[0].Message);
        }
    }

    /// <summary>The end of the output says why it failed.</summary>
    private static string Shortened(string said) => said.Length > OutputShown ? $"... {Printable.End(said, OutputShown)}" : said;
}
