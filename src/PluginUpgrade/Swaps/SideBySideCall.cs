using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;
using PluginUpgrade.Swaps.WholeDatabases;

namespace PluginUpgrade.Swaps;

/// <summary>Calls the methods of one side-by-side module for one instance.</summary>
/// <param name="swap">The swap, on the live target.</param>
internal sealed class SideBySideCall(RunContext context, ModuleCall calls, UpgradeModule module, UpgradeStep swap)
{
    private readonly HashSet<string> _carried = [];

    /// <summary>The tables for which Build has called Carry.</summary>
    public IReadOnlyCollection<string> Carried => _carried;

    /// <summary>For a whole database: the session in the live one, through which changes are recorded and read.</summary>
    public LaneSession? Live { get; init; }

    /// <summary>
    /// For a whole database: a connection to the live one for the last call of CatchUp, made before the exchange: by then the server lets
    /// nobody in.
    /// </summary>
    public NpgsqlConnection? LiveInTheExchange { get; set; }

    /// <summary>Connections to the live data that can only read.</summary>
    public StepConnections ToLive() => calls.Further(swap.Target, readOnly: true);

    private UpgradeStep OnNext => swap with { Target = Next };

    private Target Next => BesideTarget.NextOf(swap.Target);

    /// <param name="session">The lane's, in a transaction.</param>
    /// <returns>Whether nothing is left.</returns>
    public async Task<bool> DrainAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        await session.LearnTypesAsync(inTransaction: true, abort);
        await using var tools = calls.Tools(step, swap.Target, readOnly: false);
        return await calls.CallAsync(session, step, module, tools, (code, token) => ((ISideBySideModule)code).Drain(
            new InstanceContext(calls.Parts(step, swap.Target, module, session.Connection, tools, null, inTransaction: true))
            {
                Name = swap.Target.Name,
                Labels = swap.Target.Labels,
            }, token), abort);
    }

    /// <param name="build">Outside a transaction.</param>
    public Task BuildAsync(BuildSession build, UpgradeStep step, CancellationToken abort) =>
        OnBuildAsync(build, step, (code, next, token) => code.Build(next, token), abort);

    public Task CatchUpAsync(BuildSession build, UpgradeStep step, CancellationToken abort) =>
        OnBuildAsync(build, step, (code, next, token) => code.CatchUp(next, token), abort);

    private async Task OnBuildAsync(
        BuildSession build, UpgradeStep step, Func<ISideBySideModule, SideBySideContext, CancellationToken, Task> method,
        CancellationToken abort)
    {
        await build.PrepareAsync(abort);
        await build.Session.ExecuteAsync(calls.SearchPathSql(Next, local: false), abort);
        await build.Session.LearnTypesAsync(inTransaction: false, abort);
        await RunAsync(build.Session, step, inTransaction: false, isFinal: false, readOnly: false, async (code, next, token) =>
        {
            await method(code, next, token);
            return true;
        }, abort);
        if (await Sql.IsInTransactionAsync(build.Session.Connection, abort))
            throw new InvalidOperationException("The module left a transaction open; that transaction was rolled back.");
    }

    /// <summary>In a read-only transaction that is rolled back.</summary>
    public async Task<IReadOnlyList<string>> VerifyAsync(BuildSession build, UpgradeStep step, CancellationToken abort)
    {
        await build.PrepareAsync(abort);
        await build.Session.ExecuteAsync($"BEGIN READ ONLY; {calls.SearchPathSql(Next)}", abort);
        var found = await RunAsync(build.Session, step, inTransaction: true, isFinal: false, readOnly: true,
            (code, next, token) => code.Verify(next, token), abort);
        await build.Session.ExecuteAsync("ROLLBACK", abort);
        return found;
    }

    /// <summary>The last call, in the transaction of the exchange.</summary>
    /// <param name="session">The lane's.</param>
    public async Task CatchUpFinallyAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        await session.ExecuteAsync(calls.SearchPathSql(Next), abort);
        await session.LearnTypesAsync(inTransaction: true, abort);
        await RunAsync(session, step, inTransaction: true, isFinal: true, readOnly: false, async (code, next, token) =>
        {
            await code.CatchUp(next, token);
            return true;
        }, abort);
        // The module may have changed the session's role and settings.
        await session.ExecuteAsync(
            string.Join("; ", Connections.SessionSql(session.Connection.PostgreSqlVersion, context.Connection)), abort);
    }

    private async Task<T> RunAsync<T>(
        LaneSession session, UpgradeStep step, bool inTransaction, bool isFinal, bool readOnly,
        Func<ISideBySideModule, SideBySideContext, CancellationToken, Task<T>> method, CancellationToken abort)
    {
        await using var tools = calls.Tools(step, Next, readOnly);
        await using var live = calls.Further(swap.Target, readOnly: true);
        var parts = calls.Parts(step, Next, module, session.Connection, tools,
            inTransaction ? null : Batches.On(session, OnNext, context, calls.SearchPathSql(Next)), inTransaction);
        if (isFinal && Live is null) parts = parts with { Open = (_, _) => throw NotInTheExchange() };
        var capture = Captures();
        var next = new SideBySideContext(parts, new SideBySideParts
        {
            OpenLive = token => isFinal ? Task.FromResult(LiveInTheExchange ?? throw NotInTheExchange()) : live.OpenAsync(null, token),
            Carry = Carry,
            Capture = (table, token) => inTransaction ? throw new InvalidOperationException("Call CaptureAsync in Build.")
                : capture.BeginAsync(session, table, token),
            Replay = (table, sql, token) => capture.ReplayAsync(session, inTransaction, table, sql, token),
        })
        {
            Name = swap.Target.Name,
            Labels = swap.Target.Labels,
            Live = swap.Target.Schema,
            IsFinal = isFinal,
        };
        return await calls.CallAsync(session, step, module, tools, (code, token) => method((ISideBySideModule)code, next, token), abort);
    }

    private ICapture Captures() => Live is null
        ? new Capture(OnNext, swap.Target.Schema, context, calls.SearchPathSql(Next))
        : new DatabaseCapture(OnNext, Live, context, calls.SearchPathSql(Next)) { IsPossible = module.CatchesUp };

    private void Carry(string table)
    {
        if (!module.Carries.Contains(table, StringComparer.Ordinal))
            throw new InvalidOperationException($"The class does not declare [Carries(\"{table}\")], which the plan must show.");
        _carried.Add(table);
    }

    private static InvalidOperationException NotInTheExchange() =>
        new("In the last call of CatchUp, another connection would wait for the locks of the exchange: use the context's connection.");
}
