using System.Diagnostics;
using PluginUpgrade.Files;
using PluginUpgrade.Running.Steps.Declared;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Selects the executor of a journalled step, and runs it inside the step's transaction. (Gates and restores write no journal row; they run
/// in <see cref="GateRunner"/> and <c>RestoreLane</c>.)
/// </summary>
public sealed class StepExecutors(ModuleCall modules, DeclaredChanges declared, PayloadStep programFiles)
{
    public Task RunAsync(LaneSession session, UpgradeStep step, UndoLog files, CancellationToken abort) => step.Action switch
    {
        RunModule run => modules.RunAsync(session, step, run.Module, files, abort),
        CreateSchema create => declared.CreateAsync(session, step, create, files, abort),
        ApplySchema apply => declared.RunAsync(session, step, apply, files, abort),
        InstallFiles install => programFiles.InstallAsync(step, install.Payload, files, abort),
        RecordVersion => Task.CompletedTask,
        AcceptModule => Acceptance.CheckAsync(session, step, abort),
        _ => throw new UnreachableException($"Nothing carries out '{step}' in a transaction."),
    };

    /// <summary>Runs the step in a dry run, whose transaction is rolled back.</summary>
    public Task PreviewAsync(LaneSession session, UpgradeStep step, UndoLog files, CancellationToken abort)
    {
        if (step.Action is ApplySchema apply) return declared.PreviewAsync(session, step, apply, files, abort);
        if (step.Action is not InstallFiles install) return RunAsync(session, step, files, abort);
        programFiles.Preview(step, install.Payload);
        return Task.CompletedTask;
    }

    public string SearchPath(Target target) => modules.SearchPath(target);

    public string SearchPathSql(Target target) => modules.SearchPathSql(target);
}
