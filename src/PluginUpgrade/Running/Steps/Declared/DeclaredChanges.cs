using Npgsql;
using PluginUpgrade.Files;
using PluginUpgrade.Schemas.Changes;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps.Declared;

/// <summary>Makes declared changes on a lane's session, around the module of their version.</summary>
public sealed class DeclaredChanges(ModuleCall modules)
{
    /// <summary>All of it, in the step's transaction.</summary>
    public async Task RunAsync(LaneSession session, UpgradeStep step, ApplySchema apply, UndoLog files, CancellationToken abort)
    {
        await ExpandAsync(session, step, apply, files, abort);
        await MakeAsync(session, step, apply, [SchemaPhase.Demand, SchemaPhase.Contract], abort);
    }

    /// <summary>All of it in one transaction that is rolled back. The module cannot use values that are added.</summary>
    public async Task PreviewAsync(LaneSession session, UpgradeStep step, ApplySchema apply, UndoLog files, CancellationToken abort)
    {
        if (!apply.IsExpanded)
        {
            await MakeAsync(session, step, apply, [SchemaPhase.Values], abort);
            try
            {
                await ExpandAsync(session, step, apply, files, abort);
            }
            catch (PostgresException e) when (apply.AddsValues && e.SqlState == "55P04")
            {
                throw new UpgradeException(DeclaredProblem.ValueInDryRun(step, e.MessageText), e);
            }
        }
        await MakeAsync(session, step, apply, [SchemaPhase.Demand, SchemaPhase.Contract], abort);
    }

    /// <summary>Everything up to the module, and the module. Afterwards the session is krang-upgrade's again.</summary>
    public async Task ExpandAsync(LaneSession session, UpgradeStep step, ApplySchema apply, UndoLog files, CancellationToken abort)
    {
        await MakeAsync(session, step, apply, [SchemaPhase.Expand], abort);
        SeededFault.Point("declared changes made", session);
        if (apply.Slice.Changes.Any(change => change is CreateType)) session.CreatedTypes();
        if (apply.Runs is not { } module) return;
        await session.LearnTypesAsync(inTransaction: true, abort);
        await modules.RunAsync(session, step, module, files, abort);
        await RestoreRoleAsync(session, step, abort);
    }

    /// <summary>What the module has put off is checked before, as its role: otherwise the next ALTER TABLE would fail.</summary>
    private async Task RestoreRoleAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        await using var batch = new NpgsqlBatch(session.Connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET CONSTRAINTS ALL IMMEDIATE"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {StepTransaction.OwnRole("$1")}")
        {
            Parameters = { new() { Value = modules.SearchPath(step.Target) } },
        });
        await batch.ExecuteNonQueryAsync(abort);
    }

    /// <summary>All that an empty schema is to have, in the step's transaction; then what the declarations put into it.</summary>
    public async Task CreateAsync(LaneSession session, UpgradeStep step, CreateSchema create, UndoLog files, CancellationToken abort)
    {
        var schema = PostgresName.Quote(step.Target.Schema);
        await SendAsync(session, create.Slice.Changes.SelectMany(change => change.Sql(schema)), abort);
        SeededFault.Point("declared changes made", session);
        session.CreatedTypes();
        if (create.Bootstraps.Count > 0) await session.LearnTypesAsync(inTransaction: true, abort);
        foreach (var declaration in create.Bootstraps)
        {
            await modules.RunAsync(session, step, declaration, files, abort);
            await RestoreRoleAsync(session, step, abort);
        }
    }

    /// <summary>In the open transaction, in one round trip.</summary>
    private static Task MakeAsync(
        LaneSession session, UpgradeStep step, ApplySchema apply, IReadOnlyList<SchemaPhase> phases, CancellationToken abort) =>
        SendAsync(session, phases.SelectMany(phase => apply.Statements(phase, PostgresName.Quote(step.Target.Schema))), abort);

    public static Task ContractAsync(LaneSession session, UpgradeStep step, ApplySchema apply, CancellationToken abort) =>
        MakeAsync(session, step, apply, [SchemaPhase.Contract], abort);

    private static async Task SendAsync(LaneSession session, IEnumerable<string> statements, CancellationToken abort)
    {
        await using var batch = new NpgsqlBatch(session.Connection) { Timeout = 0 };
        foreach (var sql in statements)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(abort);
    }

    /// <summary>
    /// Adds values to enumerated types, committed by itself: a transaction cannot use a value that it has added. It can be repeated.
    /// </summary>
    public static async Task AddValuesAsync(LaneSession session, UpgradeStep step, CancellationToken abort)
    {
        if (step.Action is not ApplySchema { AddsValues: true, IsExpanded: false } apply) return;
        // An earlier module may have left a role or a setting.
        if (!await session.ResetAndHoldAsync(abort)) throw new UpgradeException(RunProblem.LostLock(step));
        await session.ExecuteAsync("BEGIN", abort);
        await MakeAsync(session, step, apply, [SchemaPhase.Values], abort);
        await session.ExecuteAsync("COMMIT", abort);
        SeededFault.Point("values added");
    }
}
