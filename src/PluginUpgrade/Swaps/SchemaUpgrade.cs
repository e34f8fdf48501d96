using System.Threading.Channels;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;
using PluginUpgrade.Swaps.Verifying;

namespace PluginUpgrade.Swaps;

/// <summary>One schema's side-by-side upgrade, from drain to swap.</summary>
internal sealed class SchemaUpgrade : BesideUpgrade
{
    private readonly LaneSession _session;
    private readonly RunContext _context;
    private readonly ServerLimits _limits;
    private readonly SideBySideCall _module;
    private readonly SchemaLocks _locks;
    private readonly Fence _fence;
    private BuildSession? _build;
    private string _digest = "";
    private OldSnapshots.BuildEnd? _built;
    private long _newestType;

    public SchemaUpgrade(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, RunContext context, ModuleCall calls, ServerLimits limits,
        ChannelWriter<UpgradeEvent> events) : base(session, steps, context, calls, events)
    {
        (_session, _context, _limits) = (session, context, limits);
        _module = new SideBySideCall(context, calls, Module, Swap);
        _locks = new SchemaLocks(session, context, Target, Announce);
        _fence = new Fence(session, calls, _module, _locks);
    }

    protected override Task DrainAsync(CancellationToken abort) => _fence.DrainAsync(Step, abort);

    protected override async Task BuildAsync(CancellationToken abort)
    {
        // First the connection that may have to be waited for: nobody waits for the lane meanwhile.
        _build = await BuildSession.OpenAsync(Swap, _context, _limits, abort);
        if (!Module.CatchesUp) await _fence.RaiseAsync(Step, Module.Drains, abort);
        _newestType = (await _session.HoldAsync(null, abort)).NewestType;
        if (!Module.CatchesUp) await _fence.ReleaseSnapshotAsync(abort);
        _digest = await _build.BeginAsync(Module.Repeatable, Target.Schema, await ReaderAsync(abort), abort);
        await _module.BuildAsync(_build, Step, abort);
        SeededFault.Point("built");
        if (!Module.Carries.ToHashSet().SetEquals(_module.Carried))
            throw new UpgradeException(SwapProblem.NotCarried(Step, Module.Carries, _module.Carried));
        _built = await OldSnapshots.NowAsync(_build.Session.Connection, abort);
        if (Module.CatchesUp) await CatchUpAsync(_module, _build, abort);
    }

    /// <summary>
    /// Numbers of rows are only shown: what they should be is known to the module alone. Owners and rights follow those of the live schema.
    /// </summary>
    protected override async Task VerifyAsync(CancellationToken abort)
    {
        var faults = await _module.VerifyAsync(_build!, Step, abort);
        await _build!.PrepareAsync(abort);
        var findings = await BuildCheck.ReadAsync(await ReaderAsync(abort), Target.Schema, _build.Target.Schema, Module.Carries, abort);
        foreach (var count in findings.Counts) Announce($"{count}");
        List<string> all = [.. faults, .. findings.Problems.Select(problem => problem.Message)];
        if (all.Count > 0) throw new UpgradeException(SwapProblem.NotVerified(Step, all));
        foreach (var statement in findings.Statements)
        {
            await _build.Session.ExecuteAsync(statement, abort);
            SeededFault.Point("right copied");
        }
        SeededFault.Point("verified");
    }

    private async Task<NpgsqlConnection> ReaderAsync(CancellationToken abort) =>
        await _session.Reader.OpenAsync(abort) ?? _build!.Session.Connection;

    protected override async Task SwapAsync(CancellationToken abort)
    {
        await OldSnapshots.WaitAsync(_session, Step, _built!, _context.Time, Announce, abort);
        await _build!.EndAsync(abort);
        await CloseBuildAsync();
        var swap = new SchemaSwap(_session, _context, Step, _module);
        await swap.PrepareAsync(abort);
        if (Module.CatchesUp)
        {
            await _session.ResetAsync(abort);
            await _locks.TakeAsync([Target.Schema], abort);
        }
        else await _locks.RaiseAsync([Target.Schema], abort);
        await swap.RunAsync(_digest, _newestType, () => IsCommitting = true, abort);
    }

    public override async Task<(string Built, string? Purge)> KeepAsync(string error)
    {
        try
        {
            if (At == 0 && Step.Action is DrainLive) return ("", null);
            if (_build is null || !_build.Session.IsOpen || !await _build.Session.RollBackAsync())
            {
                await CloseBuildAsync();
                _build = await BuildSession.OpenAsync(Swap, _context, _limits, CancellationToken.None);
            }
            await _build.PrepareAsync(CancellationToken.None);
            var schema = new NextSchema(_build.Session, Target.Schema);
            if (await schema.FindAsync(_build.Step, CancellationToken.None) is not NextSchemaState.Unfinished) return ("", null);
            await _build.Session.Journal.RecordFailureAsync(
                _build.Session.Connection, _build.Step, _context.RunId, error, CancellationToken.None);
            if (Module.Repeatable) return ($"What was built is kept in {_build.Target.Schema}: the same command continues there.", null);
            var at = await Sql.NowAsync(_build.Session.Connection, CancellationToken.None);
            await schema.KeepFailedAsync(
                new KeptNote(KeptKind.Failed, Swap.Version.Text, Swap.PlannedAt.Text, at) { Component = Swap.Component, Reason = error },
                CancellationToken.None);
            return ($"What was built is kept in {BesideNames.Failed(Target.Schema)}, for study.",
                NextCommand.Of($"purge {Target.Name}"));
        }
        catch (Exception e) when (e is UpgradeException || ConnectionProblem.IsOne(e))
        {
            return ($"What was built is left in {BesideNames.Next(Target.Schema)}.", null);
        }
    }

    private async Task CloseBuildAsync()
    {
        if (_build is not null) await _build.DisposeAsync();
        _build = null;
    }

    public override async ValueTask DisposeAsync() => await CloseBuildAsync();
}
