using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>The problems that can occur while a plan is carried out: KU-50xx, and KU-403x for the run's lock.</summary>
public static class RunProblem
{
    private const string Again = "Fix the cause, then run the same command: it continues with what is left.";

    /// <summary>A cause of <see cref="NotSealed"/>.</summary>
    public const string NoRowDone = "after the update, the journal has no row with the state done.";

    public static Problem Locked(Target target, LockHolder holder) => new("KU-5001", $"{target}",
        $"Another session holds its lock: {holder}. The target was not changed.",
        $"Wait until it ends, then run the same command. See who holds locks: {NextCommand.Of("status")}");

    public static Problem NotBegun(UpgradeStep step, string error) => new("KU-5011", $"{step}",
        $"The step could not start: {error} Nothing was done.", Again);

    public static Problem FailedOutside(UpgradeStep step, string error) => new("KU-5012", $"{step}",
        $"The module failed: {error} It works outside a transaction, so the changes that it made are kept.",
        "Fix the cause, then run the same command: it checks what was done, and does the rest.");

    public static Problem EffectUnknown(UpgradeStep step, StepEffect effect) => new("KU-5013", $"{step}",
        $"An earlier attempt was interrupted, and the module's verification says: {effect}. The step cannot simply run again.",
        $"Inspect the target, bring it to the state before the step, then run: {NextCommand.Of($"reset {step.Target}")}");

    public static Problem TakenOver(UpgradeStep step) => new("KU-5014", $"{step}",
        "Another run took over the step while this run was working on it: its journal row now belongs to the other run.",
        $"See the target's state: {NextCommand.Of("status")}");

    public static Problem RunLockTaken(LockHolder holder) => new("KU-4030", "installation",
        $"The session that held this run's lock has ended, and another run holds the lock now: {holder}. No further step began.",
        "Wait until it ends, then run the same command: it continues with what is left.");

    public static Problem RunLockLost(Problem cause) => new("KU-4031", "installation",
        $"The session that held this run's lock has ended, and the lock could not be taken again: {cause.Message} "
            + "No further step began.", Again);

    public static Problem NotInADryRun(UpgradeStep step) => new("KU-5015", $"{step}",
        "The module works outside a transaction, so it cannot be rolled back after a dry run.",
        "Exclude it from the dry run with --to, and try it on a copy of the database.");

    public static Problem LostLock(UpgradeStep step) => new("KU-5016", $"{step}",
        "The previous module released the target's lock, and another session has taken it. Nothing of this step was done.",
        "Correct that module: it must not release krang-upgrade's locks. Wait until the other session ends, then run the same command.");

    public static Problem EndedDryRun(UpgradeStep step) => new("KU-5017", $"{step}",
        "The module ended the dry run's transaction, so its changes may be permanent.",
        $"Inspect {step.Target}. Correct the module: it must not begin or end transactions.");

    public static Problem SwallowedError(UpgradeStep step) => new("KU-5003", $"{step}",
        "A statement failed, but the module ignored the error and continued. The server keeps nothing of such a transaction. " +
        "The step was rolled back.",
        "Correct the module: it must not swallow PostgreSQL's exceptions. Then run the same command.");

    public static Problem NotClaimed(UpgradeStep step) => new("KU-5033", $"{step}",
        "The journal did not accept the row that begins the step: a trigger or a rule of its table blocks it. " +
        "Nothing of the step was done.",
        $"Remove it from {JournalOf(step)}, then run the same command.");

    public static Problem NotSealed(UpgradeStep step, string error) => new("KU-5034", $"{step}",
        $"The module succeeded, but the journal's row could not be set to done: {error} {Sentence(Kept(step))}.",
        $"Find out what changes rows of {JournalOf(step)}: triggers, rules, rights or the module. Then run the same command.");

    private static string JournalOf(UpgradeStep step) => $"the table {Journal.TableName} in the schema {step.Target.Schema}";

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";

    public static Problem EndedTransaction(UpgradeStep step) => new("KU-5004", $"{step}",
        "The module ended the step's transaction itself, so it is unknown which changes were kept. The journal marks the step as torn.",
        $"Inspect the target, bring it to the state before the step, then run: {NextCommand.Of($"reset {step.Target}")}");

    public static Problem LostConnection(UpgradeStep step, string error) => new("KU-5005", $"{step}",
        $"The connection was lost: {error} The journal shows that the step was not committed.", Again);

    /// <summary>The problem of an exception that krang-upgrade itself threw around module code; null for any other exception.</summary>
    public static Problem? OfModule(UpgradeStep step, Exception e) => e switch
    {
        StepTimeoutException late => TookTooLong(step, late),
        BusyConnectionException => LeftBusy(step, e.InnerException),
        UnmetException unmet => Unmet(step, unmet.Unmet),
        FilesGuardException guard => guard.Problem,
        NotAppliedException not => not.Problem,
        _ => null,
    };

    private static Problem TookTooLong(UpgradeStep step, StepTimeoutException late) => late.StillRuns
        ? new("KU-5024", $"{step}",
            $"The module did not finish within {late.Limit} and ignored its cancellation. Its connection was ended, and {Kept(step)}. " +
            "Its code still runs in this process until the run ends.",
            "Correct the module: it must observe its CancellationToken. Then run the same command.")
        : new("KU-5023", $"{step}",
            $"The module did not finish within {late.Limit} and was cancelled: {Kept(step)}.",
            "Fix the cause or raise the limit (Run:StepTimeout, Run:StepTimeouts:CLASSNAME), then run the same command.");

    private static Problem LeftBusy(UpgradeStep step, Exception? thrown) => new("KU-5027", $"{step}",
        "The module returned while its statement or reader was still running on the step's connection. The connection was ended; " +
        $"{Kept(step)}.{(thrown is null ? "" : $" It had failed: {SqlErrors.Describe(thrown)}")}",
        "Correct the module: it must await what it starts, and dispose its readers. Then run the same command.");

    private static Problem Unmet(UpgradeStep step, IReadOnlyList<Checks.Unmet> unmet) => new("KU-5045", $"{step}",
        $"The module did not run: {string.Join(" Also: ", unmet.Select(one => one.Why))} Nothing was done.",
        string.Join(" ", unmet.Select(one => one.Remedy).Distinct()))
    {
        Details = string.Join('\n', unmet.Select(one => one.Details).Where(details => details.Length > 0)),
    };

    private static string Kept(UpgradeStep step) => !step.Action.IsTransactional
        ? "the changes that it made outside a transaction are kept" : "the step was rolled back";

    public static Problem Unknown(UpgradeStep step, string error) => new("KU-5006", $"{step}",
        $"The connection was lost while the step was being committed ({error}), " +
        "and the target could not be reached again to find out whether it was committed.",
        "When the server can be reached, run the same command: it reads the result from the journal.");

    public static Problem TornBefore(UpgradeStep step) => new("KU-5007", $"{step}",
        "The journal says that the step began but not that it finished, so it is unknown which changes were kept.",
        $"Inspect the target, then run: {NextCommand.Of($"reset {step.Target}")}");

    public static Problem Moved(UpgradeStep step, UpgradeVersion version) => new("KU-5008", $"{step}",
        $"Another run has upgraded {step.Target} to {version} since this run was planned. The target was not changed.",
        "Run the same command: it makes a new plan.");

    public static Problem NotItsFiles(UpgradeStep step) => new("KU-5029", $"{step}",
        "The server has ended the step's session, so another run may have continued it. No file was changed.", Again);

    public static Problem NotAsked(UpgradeStep step, string error) => new("KU-5031", $"{step}",
        "Before a step changes files, this run asks the server over another connection whether it still owns the step. No connection " +
        $"was available: {error} No file was changed; {Kept(step)}.",
        "Allow the run at least three connections (limits of the server, the role, the pooler). Then run the same command.");

    public static Problem TakenBack(UpgradeStep step) => new("KU-5018", $"{step}",
        "This run committed the step, but the server that came back does not have it: it was restored from a backup, or is a standby " +
        "that was behind. No further step began on it.",
        "Find out which server holds the data. Then run the same command: it makes a new plan from what is there.");

    /// <summary>A gate between two waves failed: committed steps are kept, and the next wave does not begin.</summary>
    public static Problem GateClosed(UpgradeStep step, string fault, string details) => new("KU-5030", $"{step}",
        $"The gate between two waves is closed: {fault} Committed steps are kept; later waves did not start.",
        "Fix the cause, then run the same command: it checks the gate again and continues. See Run:Gate in the settings.")
    {
        Details = details,
    };

    public static Problem LaneBroke(Target target, Exception e) => new("KU-5009", $"{target}",
        $"The server failed between two steps: {SqlErrors.Describe(e)} Committed steps are kept, and nothing else.", Again)
    {
        Details = FailureDetail.Of(e),
    };
}
