using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps;

/// <summary>One target's side-by-side upgrade, from drain to swap: what is the same for schemas and for whole databases.</summary>
internal abstract class BesideUpgrade(
    LaneSession session, IReadOnlyList<UpgradeStep> steps, RunContext context, ModuleCall calls, ChannelWriter<UpgradeEvent> events)
    : IAsyncDisposable
{
    private const int MostCatchUps = 20;

    /// <summary>The index of the part that runs; after the last one, its own.</summary>
    public int At { get; private set; }

    /// <summary>Whether the last part has reached its commit, which cannot be cancelled.</summary>
    public bool IsCommitting { get; protected set; }

    public UpgradeStep Swap => steps[^1];

    protected Target Target => Swap.Target;

    protected UpgradeModule Module => ((SideBySideAction)Swap.Action).Module;

    protected UpgradeStep Step => steps[At];

    public async Task RunAsync(StepReporter reporter, CancellationToken abort)
    {
        await calls.DemandAsync(session, steps[0], Module, abort);
        for (var i = 0; i < steps.Count; i++)
        {
            At = i;
            reporter.Begin(i);
            await (Step.Action switch
            {
                DrainLive => DrainAsync(abort),
                BuildBeside => BuildAsync(abort),
                VerifyBuild => VerifyAsync(abort),
                SwapSchemas => SwapAsync(abort),
                _ => throw new System.Diagnostics.UnreachableException(),
            });
            if (i < steps.Count - 1) reporter.Succeed();
        }
    }

    protected abstract Task DrainAsync(CancellationToken abort);

    protected abstract Task BuildAsync(CancellationToken abort);

    protected abstract Task VerifyAsync(CancellationToken abort);

    protected abstract Task SwapAsync(CancellationToken abort);

    /// <summary>What happens to a build that failed.</summary>
    /// <returns>What became of it, as a sentence; and the command that must be run before the next try, or null.</returns>
    public abstract Task<(string Built, string? Purge)> KeepAsync(string error);

    protected async Task CatchUpAsync(SideBySideCall module, BuildSession build, CancellationToken abort)
    {
        for (var call = 1; ; call++)
        {
            var start = context.Time.GetTimestamp();
            await module.CatchUpAsync(build, Step, abort);
            SeededFault.Point("caught up");
            var took = context.Time.GetElapsedTime(start);
            if (took <= context.CatchUpWithin) return;
            if (call == MostCatchUps) throw new UpgradeException(SwapProblem.NotCaughtUp(Step, call, took));
        }
    }

    protected void Announce(string text) => events.TryWrite(new UpgradeEvent.StepLogged(Step, LogLevel.Information, text));

    public abstract ValueTask DisposeAsync();
}
