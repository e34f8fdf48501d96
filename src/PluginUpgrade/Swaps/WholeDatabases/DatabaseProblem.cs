using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>The problems of side-by-side upgrades of whole databases: KU-807x and KU-808x. Those below KU-8083 refuse beforehand.</summary>
internal static class DatabaseProblem
{
    private const string Unchanged = "The live data is unchanged.";

    public static Problem Shared(Target target) => new("KU-8070", $"{target}",
        $"It is configured without a schema, so its whole database would be exchanged, but other targets lie in {target.DatabaseName} too.",
        "Set its Schema: then only that schema is exchanged. Or move it to a database of its own.");

    public static Problem NameTaken(Target target, KeptSchema kept) => new("KU-8071", $"{target}",
        $"The database {kept.Name} must not exist, but it does: {Of(kept)}.",
        kept.IsOurs ? $"Remove it: {NextCommand.Of($"purge {target.Name}")}" : "Look into it; then drop or rename it.");

    public static Problem NameTooLong(Target target) => new("KU-8071", $"{target}",
        $"The name of the database {target.DatabaseName} is longer than {BesideNames.MaxBytes} bytes: PostgreSQL would cut " +
        $"{BesideNames.Before(target.DatabaseName)}.", "Rename the database.");

    public static Problem MayNot(Target target, string what, string remedy) => new("KU-8072", $"{target}", what, remedy);

    public static Problem MayNotEnd(Target target, string sessions, bool isRunning = false) => new("KU-8073", $"{target}",
        $"To exchange the database {target.DatabaseName}, all other sessions must end, and this role may not end these: {sessions}." +
        (isRunning ? $" {Unchanged}" : ""),
        "Grant pg_signal_backend to krang-upgrade's role (sessions of superusers can be ended only by a superuser), or stop these " +
        "applications. Then run the same command.");

    public static Problem Bound(Target target, IReadOnlyList<string> what) => new("KU-8074", $"{target}",
        $"These belong to the database {target.DatabaseName} itself and would stay with the old one: {Problem.Join(what)}.",
        "Drop or end them, run the same command, and create them again.");

    public static Problem NotLockable(Target target, IReadOnlyList<string> tables) => new("KU-8075", $"{target}",
        $"Writers must wait while the module builds, and this role may not lock the tables {Problem.Join(tables)}.",
        "Make krang-upgrade's role the owner, or grant it UPDATE on them.");

    public static Problem NoneElsewhere(Target target, string error) => new("KU-8076", $"{target}",
        $"Databases are renamed from another database of the server (postgres or template1), which cannot be reached: {error}",
        "Let krang-upgrade's role connect to that database.");

    public static Problem Carries(Target target, UpgradeModule module) => new("KU-8077", $"{target}",
        $"The module {module} carries tables ([Carries] {Problem.Join(module.Carries)}), which cannot be moved to another database.",
        "Configure the instance with a Schema, or correct the module.");

    public static Problem WrongKind(Target target, string what) => new("KU-8078", $"{target}",
        $"The database {target.DatabaseName} {what}.", "Change that, then run the same command.");

    public static Problem Settings(Target target, IReadOnlyList<string> what) => new("KU-8079", $"{target}",
        $"These settings of the database {target.DatabaseName} could not be given to the new one by this role: {Problem.Join(what)}.",
        "Connect as a superuser, or remove the settings.");

    public static Problem Connected(Target target, string sessions) => new("KU-8080", $"{target}",
        $"The exchange ends all other sessions of the database {target.DatabaseName}. Connected now: {sessions}.",
        "Applications must connect again by themselves. Stop those that do not.", Severity.Warning);

    public static Problem NotFree(UpgradeStep step, string next) => new("KU-8083", $"{step}",
        $"The database {next} exists and is not an earlier try of this module. {Unchanged}",
        $"Look into it; then rename it, or remove it: {NextCommand.Of($"purge {step.Target.Name}")}");

    public static Problem InUse(Target target, int tries, string sessions) => new("KU-8084", $"{target}",
        $"The server did not let the databases be exchanged, in {tries} tries: {sessions}. {Unchanged}",
        "Stop what connects all the time, then run the same command.");

    public static Problem FenceLost(UpgradeStep step, string sessions) => new("KU-8085", $"{step}",
        $"In the moment of the exchange, somebody connected ({sessions}), and may have written what the new database does not have. " +
        Unchanged, "Run the same command.");

    public static Problem Unknown(Target target, string error) => new("KU-8086", $"{target}",
        $"The connection was lost while the exchange was being committed ({error}), and the server could not be reached again to find " +
        "out whether it was. One of both databases is live, and complete.",
        $"When the server can be reached, look: {NextCommand.Of($"status {target.Name}")}");

    public static Problem InUseKept(Target target, string name, string sessions) => new("KU-8087", $"{target}",
        $"The database {name} cannot be removed, because others are connected to it: {sessions}. It is kept.",
        "Let them disconnect, then run the same command.");

    public static Problem PurgedInPart(Target target, IReadOnlyList<string> removed, string left, Exception e) => new(
        "KU-8061", $"{target}",
        $"{Problem.Join(removed)} {(removed.Count == 1 ? "is" : "are")} removed, {left} is not: "
            + (e is UpgradeException told ? Problem.AsOne(told.Problems).Message : SqlErrors.Describe(e)),
        "Fix the cause, then run the same command: it removes the rest.");

    public static Problem KeptBound(Target target, string name, IReadOnlyList<string> what) => new("KU-8088", $"{target}",
        $"The database {name} cannot be removed while these exist: {Problem.Join(what)}. It is kept.",
        "Drop or end them, then run the same command.");

    private static string Of(KeptSchema kept) => kept switch
    {
        { Note.Kind: KeptKind.Before } => "krang-upgrade keeps it from an earlier exchange",
        { Note: not null } => "krang-upgrade keeps it from a try that failed",
        { HasJournal: true } => "krang-upgrade built it in an earlier try",
        _ => "krang-upgrade did not make it",
    };
}
