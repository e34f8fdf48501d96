using Microsoft.Extensions.Logging;
using PluginUpgrade.Planning;
using PluginUpgrade.Saves;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>What happened, told to whoever reports it. A closed list: a report's switch over it ends in UnreachableException.</summary>
public abstract record UpgradeEvent
{
    private UpgradeEvent() { }

    public sealed record RunStarted(Guid RunId, Plan Plan, bool IsDryRun, DateTimeOffset At) : UpgradeEvent;

    /// <summary>Of the save before the run, which is not begun before there is one.</summary>
    public sealed record SaveTold(SaveEvent Save) : UpgradeEvent;

    public sealed record StageStarted(Stage Stage, int Number, int Count) : UpgradeEvent;

    public sealed record LaneStarted(Lane Lane) : UpgradeEvent;

    public sealed record StepStarted(UpgradeStep Step) : UpgradeEvent;

    /// <summary>How far a module says that it has come.</summary>
    public sealed record StepProgressed(UpgradeStep Step, long Done, long Total) : UpgradeEvent;

    /// <summary>What a module wrote to its log.</summary>
    public sealed record StepLogged(UpgradeStep Step, LogLevel Level, string Message) : UpgradeEvent;

    /// <summary>A statement that a module sent; told in dry runs only.</summary>
    public sealed record StatementSent(UpgradeStep Step, string Sql) : UpgradeEvent;

    /// <summary>The try was rolled back, and another is made.</summary>
    /// <param name="SqlState">Of what the server said; null where it said nothing.</param>
    public sealed record StepRetried(UpgradeStep Step, int Attempt, string Reason, string? SqlState = null) : UpgradeEvent;

    /// <summary>Another process had done it in the meantime.</summary>
    public sealed record StepSkipped(UpgradeStep Step, string Reason) : UpgradeEvent;

    public sealed record StepSucceeded(UpgradeStep Step, TimeSpan Duration) : UpgradeEvent;

    /// <param name="Cause">What the module threw; null where nothing was thrown.</param>
    public sealed record StepFailed(UpgradeStep Step, Problem Problem, TimeSpan Duration, Exception? Cause = null) : UpgradeEvent;

    /// <summary>The user asked to abort; what the step did was rolled back.</summary>
    public sealed record StepCancelled(UpgradeStep Step) : UpgradeEvent;

    /// <summary>It was well, and in one transaction with another that failed.</summary>
    public sealed record StepRolledBack(UpgradeStep Step, UpgradeStep Failed) : UpgradeEvent;

    /// <summary>No step of the lane could be begun, or the lane could not continue.</summary>
    public sealed record LaneFailed(Lane Lane, Problem Problem) : UpgradeEvent;

    public sealed record LaneFinished(Lane Lane, LaneOutcome Outcome) : UpgradeEvent;

    /// <summary>Not begun: enough other lanes of its stage have failed, or the user asked to stop.</summary>
    public sealed record LaneHeldBack(Lane Lane) : UpgradeEvent;

    /// <summary>Not begun: an earlier stage failed, or the user asked to stop.</summary>
    public sealed record StageHeldBack(Stage Stage) : UpgradeEvent;

    public sealed record RunFinished(RunOutcome Outcome) : UpgradeEvent;

    /// <summary>A command of the operator, before the run or after it.</summary>
    public sealed record HookStarted(string Name, OperatorHook Hook) : UpgradeEvent;

    /// <param name="Problem">Null where it ended well.</param>
    public sealed record HookEnded(string Name, Problem? Problem, TimeSpan Duration) : UpgradeEvent;
}
