using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;
using PluginUpgrade.Swaps.Verifying;

namespace PluginUpgrade.Swaps;

/// <summary>One schema's side-by-side upgrade, from drain to swap.</summary>
internal sealed class SchemaUpgrade : IAsyncDisposable
{
    private const int MostCatchUps = 20;

    private readonly LaneSession _session;
    private readonly IReadOnlyList<UpgradeStep> _steps;
    private readonly RunContext _context;
    private readonly ModuleCall _calls;
    private readonly ServerLimits _limits;
    private readonly ChannelWriter<UpgradeEvent> _events;
    private readonly SideBySideCall _module;
    private readonly SchemaLocks _locks;
    private readonly Fence _fence;
    private BuildSession? _build;
    private string _digest = "";
    private (string Xid, DateTime At) _built;
    private long _newestType;

    public SchemaUpgrade(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, RunContext context, ModuleCall calls, ServerLimits limits,
        ChannelWriter<UpgradeEvent> events)
    {
        (_session, _steps, _context, _calls, _limits, _events) = (session, steps, context, calls, limits, events);
        _module = new SideBySideCall(context, calls, Module, Swap);
        _locks = new SchemaLocks(session, context, Target, Announce);
        _fence = new Fence(session, calls, _module, _locks);
    }

    /// <summary>The index of the part that runs; after the last one, its own.</summary>
    public int At { get; private set; }

    /// <summary>Whether the last part has reached its commit, which cannot be cancelled.</summary>
    public bool IsCommitting { get; private set; }

    public UpgradeStep Swap => _steps[^1];

    private Target Target => Swap.Target;

    private UpgradeModule Module => ((SideBySideAction)Swap.Action).Module;

    private UpgradeStep Step => _steps[At];

    public async Task RunAsync(StepReporter reporter, CancellationToken abort)
    {
        await _calls.DemandAsync(_session, _steps[0], Module, abort);
        for (var i = 0; i < _steps.Count; i++)
        {
            At = i;
            reporter.Begin(i);
            await (Step.Action switch
            {
                DrainLive => _fence.DrainAsync(Step, abort),
                BuildBeside => BuildAsync(abort),
                VerifyBuild => VerifyAsync(abort),
                SwapSchemas => SwapAsync(abort),
                _ => throw new System.Diagnostics.UnreachableException(),
            });
        }
    }

    private async Task BuildAsync(CancellationToken abort)
    {
        if (!Module.CatchesUp) await _fence.RaiseAsync(Step, Module.Drains, abort);
        _newestType = (await _session.HoldAsync(null, abort)).NewestType;
        if (!Module.CatchesUp) await _fence.ReleaseSnapshotAsync(abort);
        _build = await BuildSession.OpenAsync(Swap, _context, _limits, abort);
        await _build.BeginAsync(Module.Repeatable, Target.Schema, abort);
        _digest = _build.Digest;
        await _module.BuildAsync(_build, Step, abort);
        SeededFault.Point("built");
        if (!Module.Carries.ToHashSet().SetEquals(_module.Carried))
            throw new UpgradeException(SwapProblem.NotCarried(Step, Module.Carries, _module.Carried));
        _built = await OldSnapshots.NowAsync(_build.Session.Connection, abort);
        if (Module.CatchesUp) await CatchUpAsync(abort);
    }

    private async Task CatchUpAsync(CancellationToken abort)
    {
        for (var call = 1; ; call++)
        {
            var start = _context.Time.GetTimestamp();
            await _module.CatchUpAsync(_build!, Step, abort);
            SeededFault.Point("caught up");
            var took = _context.Time.GetElapsedTime(start);
            if (took <= _context.CatchUpWithin) return;
            if (call == MostCatchUps) throw new UpgradeException(SwapProblem.NotCaughtUp(Step, call, took));
        }
    }

    /// <summary>
    /// Numbers of rows are only shown: what they should be is known to the module alone. Owners and rights follow those of the live schema.
    /// </summary>
    private async Task VerifyAsync(CancellationToken abort)
    {
        var faults = await _module.VerifyAsync(_build!, Step, abort);
        await _build!.PrepareAsync(abort);
        var findings = await BuildCheck.ReadAsync(_build.Session.Connection, Target.Schema, _build.Target.Schema, Module.Carries, abort);
        foreach (var count in findings.Counts) Announce($"{count}");
        List<string> all = [.. faults, .. findings.Problems.Select(problem => problem.Message)];
        if (all.Count > 0) throw new UpgradeException(SwapProblem.NotVerified(Step, all, "", "Correct it, then run the same command."));
        foreach (var statement in findings.Statements)
        {
            await _build.Session.ExecuteAsync(statement, abort);
            SeededFault.Point("right copied");
        }
        SeededFault.Point("verified");
    }

    private async Task SwapAsync(CancellationToken abort)
    {
        await OldSnapshots.WaitAsync(_session, Step, _built, _context.Time, Announce, abort);
        // Closed before the exchange: the server counts what a session wrote when it ends.
        await CloseBuildAsync();
        if (Module.CatchesUp)
        {
            await _session.ResetAsync(abort);
            await _locks.TakeAsync([Target.Schema], abort);
        }
        else await _locks.RaiseAsync([Target.Schema], abort);
        var swap = new SchemaSwap(_session, _context, Step, _module);
        await swap.RunAsync(_digest, _newestType, () => IsCommitting = true, abort);
    }

    /// <summary>What happens to a build that failed.</summary>
    /// <returns>What became of it, and what to do next, as sentences.</returns>
    public async Task<(string Built, string Remedy)> KeepAsync(string error)
    {
        const string again = "Fix the cause, then run the same command";
        try
        {
            if (At == 0 && Step.Action is DrainLive) return ("", $"{again}.");
            if (_build is null || !_build.Session.IsOpen || !await _build.Session.RollBackAsync())
            {
                await CloseBuildAsync();
                _build = await BuildSession.OpenAsync(Swap, _context, _limits, CancellationToken.None);
            }
            await _build.PrepareAsync(CancellationToken.None);
            var schema = new NextSchema(_build.Session, Target.Schema);
            if (await schema.FindAsync(_build.Step, CancellationToken.None) is not NextSchemaState.Unfinished) return ("", $"{again}.");
            await _build.Session.Journal.RecordFailureAsync(
                _build.Session.Connection, _build.Step, _context.RunId, error, CancellationToken.None);
            if (Module.Repeatable) return ($"What was built is kept in {_build.Target.Schema}.", $"{again}: it continues there.");
            var at = await Sql.NowAsync(_build.Session.Connection, CancellationToken.None);
            await schema.KeepFailedAsync(
                new KeptNote(KeptKind.Failed, Swap.Version.Text, Swap.PlannedAt.Text, at) { Component = Swap.Component, Reason = error },
                CancellationToken.None);
            return ($"What was built is kept in {BesideNames.Failed(Target.Schema)}, for study.",
                $"Fix the cause, remove what is kept ({NextCommand.Of($"purge {Target}")}), then run the same command.");
        }
        catch (Exception e) when (e is UpgradeException || ConnectionProblem.IsOne(e))
        {
            return ($"What was built is left in {BesideNames.Next(Target.Schema)}.", $"{again}.");
        }
    }

    private void Announce(string text) => _events.TryWrite(new UpgradeEvent.StepLogged(Step, LogLevel.Information, text));

    private async Task CloseBuildAsync()
    {
        if (_build is not null) await _build.DisposeAsync();
        _build = null;
    }

    public async ValueTask DisposeAsync() => await CloseBuildAsync();
}
