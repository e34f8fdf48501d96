using Microsoft.Extensions.Logging;
using PluginUpgrade.Planning;
using PluginUpgrade.Saves;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>What happened in a run, for the reports. A closed list: a report's switch over it ends in UnreachableException.</summary>
public abstract record UpgradeEvent
{
    private UpgradeEvent() { }

    public sealed record RunStarted(Guid RunId, Plan Plan, bool IsDryRun, DateTimeOffset At) : UpgradeEvent;

    /// <summary>An event of the save before the run. The run begins only when the save is complete.</summary>
    public sealed record SaveTold(SaveEvent Save) : UpgradeEvent;

    public sealed record StageStarted(Stage Stage, int Number, int Count) : UpgradeEvent;

    public sealed record LaneStarted(Lane Lane) : UpgradeEvent;

    public sealed record StepStarted(UpgradeStep Step) : UpgradeEvent;

    /// <summary>A module reported its progress.</summary>
    public sealed record StepProgressed(UpgradeStep Step, long Done, long Total) : UpgradeEvent;

    /// <summary>A module or krang-upgrade wrote to the step's log.</summary>
    public sealed record StepLogged(UpgradeStep Step, LogLevel Level, string Message) : UpgradeEvent;

    /// <summary>A module sent a statement; reported only in dry runs.</summary>
    public sealed record StatementSent(UpgradeStep Step, string Sql) : UpgradeEvent;

    /// <summary>The attempt was rolled back, and another one follows.</summary>
    /// <param name="SqlState">The SQLSTATE of the server's error; null without one.</param>
    public sealed record StepRetried(UpgradeStep Step, int Attempt, string Reason, string? SqlState = null) : UpgradeEvent;

    /// <summary>The step was not run: another process had done it in the meantime, or the instance of a gate is not finished.</summary>
    public sealed record StepSkipped(UpgradeStep Step, string Reason) : UpgradeEvent;

    public sealed record StepSucceeded(UpgradeStep Step, TimeSpan Duration) : UpgradeEvent;

    /// <param name="Cause">The exception; null if nothing was thrown.</param>
    public sealed record StepFailed(UpgradeStep Step, Problem Problem, TimeSpan Duration, Exception? Cause = null) : UpgradeEvent;

    /// <summary>The user cancelled; the step was rolled back.</summary>
    public sealed record StepCancelled(UpgradeStep Step) : UpgradeEvent;

    /// <summary>The step itself succeeded, but another step in the same transaction failed.</summary>
    public sealed record StepRolledBack(UpgradeStep Step, UpgradeStep Failed) : UpgradeEvent;

    /// <summary>The lane could not begin its first step, or could not continue.</summary>
    public sealed record LaneFailed(Lane Lane, Problem Problem) : UpgradeEvent;

    public sealed record LaneFinished(Lane Lane, LaneOutcome Outcome) : UpgradeEvent;

    /// <summary>The lane was not started: too many lanes have failed, or the user asked to stop.</summary>
    public sealed record LaneHeldBack(Lane Lane) : UpgradeEvent;

    /// <summary>The stage was not started: an earlier stage failed, or the user asked to stop.</summary>
    public sealed record StageHeldBack(Stage Stage) : UpgradeEvent;

    public sealed record RunFinished(RunOutcome Outcome) : UpgradeEvent;

    /// <summary>An operator's hook began, before or after the run.</summary>
    public sealed record HookStarted(string Name, OperatorHook Hook) : UpgradeEvent;

    /// <param name="Problem">Null if the hook succeeded.</param>
    public sealed record HookEnded(string Name, Problem? Problem, TimeSpan Duration) : UpgradeEvent;
}
