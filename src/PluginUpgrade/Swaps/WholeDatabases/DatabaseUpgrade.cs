using System.Threading.Channels;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// One database's side-by-side upgrade, from drain to swap. Three sessions: the lane's in the live database, which holds the target's lock
/// and keeps writers away; one in the new database, which builds; one elsewhere, which makes and renames databases.
/// </summary>
internal sealed class DatabaseUpgrade : BesideUpgrade
{
    private readonly LaneSession _session;
    private readonly RunContext _context;
    private readonly ServerLimits _limits;
    private readonly SideBySideCall _module;
    private readonly Fence _fence;
    private ElsewhereSession? _elsewhere;
    private BuildSession? _build;
    private string _digest = "";

    public DatabaseUpgrade(
        LaneSession session, IReadOnlyList<UpgradeStep> steps, RunContext context, ModuleCall calls, ServerLimits limits,
        ChannelWriter<UpgradeEvent> events) : base(session, steps, context, calls, events)
    {
        (_session, _context, _limits) = (session, context, limits);
        _module = new SideBySideCall(context, calls, Module, Swap) { Live = session };
        _fence = new Fence(session, calls, _module, new SchemaLocks(session, context, Target, Announce),
            token => DatabaseDigest.SchemasAsync(session.Connection, token));
    }

    private UpgradeStep OnNext => Swap with { Target = BesideTarget.NextOf(Target) };

    protected override Task DrainAsync(CancellationToken abort) => _fence.DrainAsync(Step, abort);

    protected override async Task BuildAsync(CancellationToken abort)
    {
        _elsewhere = await ElsewhereSession.OpenAsync(Target, _context, _limits, abort);
        var next = new NextDatabase(_elsewhere, Target, _context);
        var left = await next.FindAsync(OnNext, abort);
        if (left == NextSchemaState.Foreign) throw new UpgradeException(DatabaseProblem.NotFree(Step, OnNext.Target.DatabaseName));
        if (left == NextSchemaState.Unfinished && !Module.Repeatable || left == NextSchemaState.Unused)
        {
            await next.DropAsync(abort);
            left = NextSchemaState.Absent;
        }
        SeededFault.Point("build place free");
        if (left == NextSchemaState.Absent)
        {
            await DatabaseCapture.RemoveAsync(_session, _context.Time, abort);
            await next.MakeAsync(abort);
        }
        if (Module.CatchesUp) await _session.ResetAsync(abort);
        else
        {
            await _fence.RaiseAsync(Step, Module.Drains, abort);
            // No other session of this process may be left in the database at the exchange.
            await _session.Reader.CloseAsync();
        }
        await BeginAsync(isNew: left == NextSchemaState.Absent, abort);
        await _module.BuildAsync(_build!, Step, abort);
        SeededFault.Point("built");
        if (Module.CatchesUp) await CatchUpAsync(_module, _build!, abort);
    }

    private async Task BeginAsync(bool isNew, CancellationToken abort)
    {
        _build = await BuildSession.OpenAsync(Swap, _context, _limits, abort);
        await _build.PrepareAsync(abort);
        var session = _build.Session;
        if (isNew)
        {
            await NextRights.CopyAsync(_session, session, Target.Schema, abort);
            SeededFault.Point("next schema there");
            await session.Journal.CreateAsync(session.Connection, _build.Target, abort);
        }
        await _build.UnsealAsync(abort);
        await _build.ClaimAsync(abort);
        _digest = await DatabaseDigest.ReadAsync(_session.Connection, abort);
        await _build.DemandUnchangedAsync(_digest, Target.DatabaseName, abort);
    }

    protected override async Task VerifyAsync(CancellationToken abort)
    {
        var faults = await _module.VerifyAsync(_build!, Step, abort);
        await _build!.PrepareAsync(abort);
        var findings = await DatabaseBuildCheck.ReadAsync(_session.Connection, _build.Session.Connection, abort);
        foreach (var remark in findings.Remarks) Announce(remark);
        List<string> all = [.. faults, .. findings.Faults];
        if (all.Count > 0) throw new UpgradeException(SwapProblem.NotVerified(Step, all));
        foreach (var statement in findings.Statements)
        {
            await _build.Session.ExecuteAsync(statement, abort);
            SeededFault.Point("right copied");
        }
        SeededFault.Point("verified");
    }

    protected override async Task SwapAsync(CancellationToken abort)
    {
        // Closed before the exchange: the server counts what a session wrote when it ends.
        await CloseBuildAsync();
        var swap = new DatabaseSwap(_session, _elsewhere!, _context, Step, _module,
            token => BuildSession.OpenAsync(Swap, _context, _limits, token), Announce);
        await swap.RunAsync(_digest, isCommitting => IsCommitting = isCommitting, abort);
    }

    public override async Task<(string Built, string? Purge)> KeepAsync(string error)
    {
        var next = BesideNames.Next(Target.DatabaseName);
        try
        {
            if (_elsewhere is null) return ("", null);
            await _elsewhere.DemandAsync(CancellationToken.None);
            var database = new NextDatabase(_elsewhere, Target, _context);
            await CloseBuildAsync();
            if (await database.FindAsync(OnNext, CancellationToken.None) is not NextSchemaState.Unfinished) return ("", null);
            _build = await BuildSession.OpenAsync(Swap, _context, _limits, CancellationToken.None);
            await _build.PrepareAsync(CancellationToken.None);
            await _build.UnsealAsync(CancellationToken.None);
            await _build.Session.Journal.RecordFailureAsync(
                _build.Session.Connection, _build.Step, _context.RunId, error, CancellationToken.None);
            await CloseBuildAsync();
            if (Module.Repeatable) return ($"What was built is kept in {next}: the same command continues there.", null);
            if (_session.IsOpen) await DatabaseCapture.RemoveAsync(_session, _context.Time, CancellationToken.None);
            var at = await Sql.NowAsync(_elsewhere.Connection, CancellationToken.None);
            await database.KeepFailedAsync(
                new KeptNote(KeptKind.Failed, Swap.Version.Text, Swap.PlannedAt.Text, at) { Component = Swap.Component, Reason = error },
                CancellationToken.None);
            return ($"What was built is kept in {BesideNames.Failed(Target.DatabaseName)}, for study.",
                NextCommand.Of($"purge {Target.Name}"));
        }
        catch (Exception e) when (e is UpgradeException or Npgsql.PostgresException || ConnectionProblem.IsOne(e))
        {
            return ($"What was built is left in {next}.", null);
        }
    }

    private async Task CloseBuildAsync()
    {
        if (_build is not null) await _build.DisposeAsync();
        _build = null;
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseBuildAsync();
        if (_elsewhere is not null) await _elsewhere.DisposeAsync();
    }
}
