using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running;

/// <summary>What goes wrong while a plan is carried out: KU-50xx.</summary>
public static class RunProblem
{
    private const string Again = "Deal with the cause, then run the same command: it goes on with what is left.";

    public static Problem Locked(Target target, LockHolder holder) => new("KU-5001", $"{target}",
        $"Another session holds its lock: {holder}. Nothing was done to it.",
        "Wait for its end, then run the same command; see who holds what: krang-upgrade status");

    public static Problem NotBegun(UpgradeStep step, string error) => new("KU-5011", $"{step}",
        $"The step could not be begun: {error} Nothing of it was done.", Again);

    public static Problem FailedOutside(UpgradeStep step, string error) => new("KU-5012", $"{step}",
        $"The module failed: {error} It works outside a transaction: what it had done by then is there.",
        "Deal with the cause, then run the same command: it looks what is there, and does the rest.");

    public static Problem CannotTell(UpgradeStep step, StepEffect effect) => new("KU-5013", $"{step}",
        $"An earlier try was interrupted, and the module's verification says: {effect}. It may not simply be run again.",
        $"Look at the target, bring it to the state before the step, then: krang-upgrade reset {step.Target}");

    public static Problem TakenOver(UpgradeStep step) => new("KU-5014", $"{step}",
        "Another run has taken the step over while this one was at it: its row in the journal is not this run's any more.",
        "See how it stands: krang-upgrade status");

    public static Problem RunLockTaken(LockHolder holder) => new("KU-4030", "installation",
        $"The session that held this run's lock has ended, and another run has the lock now: {holder}. No further step was begun.",
        "Wait for its end, then run the same command: it goes on with what is left.");

    public static Problem RunLockLost(Problem cause) => new("KU-4031", "installation",
        $"The session that held this run's lock has ended, and the lock could not be taken again: {cause.Message} "
            + "No further step was begun.", Again);

    public static Problem NotInADryRun(UpgradeStep step) => new("KU-5015", $"{step}",
        "The module works outside a transaction: it cannot be run and rolled back.",
        "Leave it out of the dry run with --to, and try it on a copy of the database.");

    public static Problem LostLock(UpgradeStep step) => new("KU-5016", $"{step}",
        "The target's lock was given up by the module before, and another session has taken it.",
        "Correct that module: locks are the host's. Wait for the other's end, then run the same command.");

    public static Problem EndedDryRun(UpgradeStep step) => new("KU-5017", $"{step}",
        "The module ended the transaction that was to be rolled back: what it had done by then may be in the database for good.",
        $"Look at {step.Target}. Correct the module: transactions are the host's.");

    public static Problem SwallowedError(UpgradeStep step) => new("KU-5003", $"{step}",
        "A statement failed, and the module went on as if it had not; the server keeps nothing of such a transaction. " +
        "The step was rolled back.",
        "Correct the module: let PostgreSQL's exceptions pass. Then run the same command.");

    public static Problem NotClaimed(UpgradeStep step) => new("KU-5033", $"{step}",
        "The journal did not take the row that begins the step: a trigger or a rule of its table keeps it out. " +
        "Nothing of the step was done.",
        $"Remove it from {JournalOf(step)}, then run the same command.");

    public static Problem NotSealed(UpgradeStep step, string error) => new("KU-5034", $"{step}",
        $"The module ended well, and the journal's row could not be made to say so: {error} {Sentence(Kept(step))}.",
        $"See what changes rows of {JournalOf(step)}: triggers, rules, rights, the module. Then run the same command.");

    private static string JournalOf(UpgradeStep step) => $"the table {Journal.TableName} in the schema {step.Target.Schema}";

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";

    public static Problem EndedTransaction(UpgradeStep step) => new("KU-5004", $"{step}",
        "The module ended the step's transaction itself, so it is not known what of the step was kept. The journal has it as torn.",
        $"Look at the target, bring it to the state before the step, then: krang-upgrade reset {step.Target}");

    public static Problem LostConnection(UpgradeStep step, string error) => new("KU-5005", $"{step}",
        $"The connection was lost: {error} The journal was read again: the step did not happen.", Again);

    /// <summary>What <see cref="ModuleWatch"/> found out of the module's own doing; null where it was something else.</summary>
    public static Problem? OfModule(UpgradeStep step, Exception e) => e switch
    {
        StepTimeoutException late => TookTooLong(step, late),
        BusyConnectionException => LeftBusy(step, e.InnerException),
        UnmetException unmet => Unmet(step, unmet.Unmet),
        FilesGuardException guard => guard.Problem,
        _ => null,
    };

    private static Problem TookTooLong(UpgradeStep step, StepTimeoutException late) => late.StillRuns
        ? new("KU-5024", $"{step}",
            $"The module did not end within {late.Limit}, nor when it was cancelled: its connection was ended, and {Kept(step)}. " +
            "Its code is still at it in this process, which ends with the run.",
            "Correct the module: it must heed its CancellationToken. Then run the same command.")
        : new("KU-5023", $"{step}",
            $"The module did not end within {late.Limit} and was cancelled: {Kept(step)}.",
            "Deal with the cause or allow it more (Run:StepTimeout, Run:StepTimeouts:CLASSNAME), then run the same command.");

    private static Problem LeftBusy(UpgradeStep step, Exception? thrown) => new("KU-5027", $"{step}",
        "The module left a statement or a reader of its own at work on the step's connection, which was ended; " +
        $"{Kept(step)}.{(thrown is null ? "" : $" It had failed: {SqlErrors.Describe(thrown)}")}",
        "Correct the module: await what it starts, and dispose its readers. Then run the same command.");

    private static Problem Unmet(UpgradeStep step, IReadOnlyList<Checks.Unmet> unmet) => new("KU-5045", $"{step}",
        $"The module was not run: {string.Join(" Also: ", unmet.Select(one => one.Why))} Nothing of it was done.",
        string.Join(" ", unmet.Select(one => one.Remedy).Distinct()));

    private static string Kept(UpgradeStep step) => !step.Action.IsTransactional
        ? "what it had done outside a transaction is there" : "the step was rolled back";

    public static Problem Unknown(UpgradeStep step, string error) => new("KU-5006", $"{step}",
        $"The connection was lost while the step was being committed ({error}), " +
        "and the target could not be reached again to see whether it was.",
        "Run the same command when the server can be reached: the journal there knows.");

    public static Problem TornBefore(UpgradeStep step) => new("KU-5007", $"{step}",
        "The journal has the step as begun and not ended, and it is not known what of it was kept.",
        $"Look at the target, then: krang-upgrade reset {step.Target}");

    public static Problem Moved(UpgradeStep step, UpgradeVersion version) => new("KU-5008", $"{step}",
        $"Another run has taken {step.Target} to {version} since this one was planned. Nothing was done to it.",
        "Run the same command: it plans anew.");

    public static Problem NotItsFiles(UpgradeStep step) => new("KU-5029", $"{step}",
        "The server has ended the step's session: another run may have gone on with it. No file was changed.", Again);

    public static Problem NotAsked(UpgradeStep step, string error) => new("KU-5031", $"{step}",
        "Before a step changes files the server is asked, over one connection more, whether the step still is this run's, and none " +
        $"could be had: {error} No file was changed; {Kept(step)}.",
        "Give the run room for three connections at least: the server's, the role's or the pooler's limit. Then run the same command.");

    public static Problem TakenBack(UpgradeStep step) => new("KU-5018", $"{step}",
        "This run had committed the step, and the server that came back does not have it: it was restored from a backup, or is a standby " +
        "that was behind. No further step was begun on it.",
        "See to which server holds the data. Then run the same command: it plans anew from what is there.");

    /// <summary>Between two waves: what was done stays, and the next wave is not begun.</summary>
    public static Problem GateClosed(UpgradeStep step, string fault) => new("KU-5030", $"{step}",
        $"The gate between two waves is closed: {fault} What was committed stays; the waves after it were not begun.",
        "Deal with the cause, then run the same command: it asks again and goes on. See Run:Gate in the settings.");

    public static Problem LaneBroke(Target target, string error) => new("KU-5009", $"{target}",
        $"The server failed between two steps: {error} What was committed stays; nothing else was kept.", Again);
}
