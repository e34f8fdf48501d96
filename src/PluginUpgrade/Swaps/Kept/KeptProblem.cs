using PluginUpgrade.Databases;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Swaps.Kept;

/// <summary>The problems of rollback and purge: KU-805x and KU-806x. Those below 8060 refuse the command: nothing was changed.</summary>
internal static class KeptProblem
{
    private const string Unchanged = "Nothing was changed.";

    private static string Status => $"See what is kept: {NextCommand.Of("status")}";

    public static Problem NothingToGoBackTo(Target target, KeptSchema? before) => new("KU-8051", $"{target}",
        before is null ? $"Nothing is kept to go back to: there is no {Kind(target)} {BesideNames.Before(BesideNames.Live(target))}."
            : $"There is a {Kind(target)} {before.Name}, but its comment does not say that krang-upgrade has kept it.",
        before is null ? $"To go back to an earlier state, restore a save: {NextCommand.Of($"restore {target.Name}")}"
            : $"Look into it, and drop or rename it. {Status}");

    public static Problem NotSwappedIn(Target target, bool isMissing) => new("KU-8052", $"{target}",
        isMissing ? $"The schema {target.Schema} does not exist, so nothing can be exchanged with {BesideNames.Before(target.Schema)}."
            : $"The {Kind(target)} {BesideNames.Live(target)} is not the one that replaced "
                + $"{BesideNames.Before(BesideNames.Live(target))}: since then, somebody dropped, restored or renamed it.",
        $"What is kept can be renamed by hand (ALTER {KindOfSql(target)} ... RENAME). "
            + $"Find out what is live: {NextCommand.Of($"history {target.Name}")}");

    public static Problem FailedIsThere(Target target) => new("KU-8053", $"{target}",
        $"The live {Kind(target)} would be kept as {BesideNames.Failed(BesideNames.Live(target))}, but a {Kind(target)} of that name "
            + "exists.",
        $"Rename or drop it: {NextCommand.Of($"psql {target.Name} --command {NextCommand.Quote(RenameFailed(target))}")}");

    private static string RenameFailed(Target target) =>
        $"ALTER {KindOfSql(target)} {PostgresName.Quote(BesideNames.Failed(BesideNames.Live(target)))} RENAME TO "
            + PostgresName.Quote($"{BesideNames.Live(target)}__earlier");

    private static string Kind(Target target) => target.OwnDatabase ? "database" : "schema";

    private static string KindOfSql(Target target) => Kind(target).ToUpperInvariant();

    public static Problem ShapeChanged(Target target, IReadOnlyList<string> carried) => new("KU-8054", $"{target}",
        $"The exchange moved {Problem.Join(carried)} unchanged. Since then their definition has changed, and the earlier version may "
            + "not be able to use them.",
        "Undo these changes of columns, indexes and constraints. Then run the same command.");

    public static Problem WouldFollow(Target target, IReadOnlyList<string> dependents) => new("KU-8055", $"{target}",
        $"Objects outside of the schema {target.Schema} depend on what is in it, and would follow it to "
            + $"{BesideNames.Failed(target.Schema)}: {Problem.Join(dependents)}.",
        "Drop them, run the same command, and create them again.");

    public static Problem MayNot(Target target, IReadOnlyList<string> schemas, bool mayCreate) => new("KU-8056", $"{target}",
        !mayCreate ? $"This role may not create schemas in database {target.DatabaseName}, so it cannot rename one."
            : $"This role does not own the schema{(schemas.Count == 1 ? "" : "s")} {Problem.Join(schemas)}.",
        !mayCreate ? $"GRANT CREATE ON DATABASE {PostgresName.Quote(target.DatabaseName)} to the role; or connect as another role."
            : "Connect as the owner, or as a member of the owner's role. Then run the same command.");

    public static Problem NoJournal(Target target, string schema) => new("KU-8057", $"{target}",
        $"The {Kind(target)} {schema} has no journal that can be read, so the rollback cannot be recorded.",
        $"Find out who dropped or changed its table {Journal.TableName}; restore it, then run the same command.");

    public static Problem NotOurs(Target target, IReadOnlyList<string> schemas) => new("KU-8058", $"{target}",
        $"These {Kind(target)}s have names that side-by-side upgrades use, but krang-upgrade did not make them: {Problem.Join(schemas)}. "
            + "They are not removed.",
        "Look into them; drop or rename them before the next side-by-side upgrade.", Severity.Warning);

    public static Problem StillUsed(Target target, IReadOnlyList<string> schemas, IReadOnlyList<string> dependents) => new(
        "KU-8059", $"{target}",
        $"Objects elsewhere depend on what is in {Problem.Join(schemas)}, and would be lost with it: {Problem.Join(dependents)}.",
        "Drop or change them; then run the same command. Nothing outside of these schemas is ever removed.");

    public static Problem BuildLives(Target target, string next, LockHolder holder) => new("KU-8062", $"{target}",
        $"Another session is building {next}: {holder}. {Unchanged}",
        $"Wait until it ends, then run the same command. See who holds locks: {NextCommand.Of("status")}");

    public static Problem Moved(Target target) => new("KU-8063", $"{target}",
        $"What is kept of it, or its version, has changed since the command began. {Unchanged}",
        $"Run the same command; it looks again. {Status}");

    public static Problem TooManyLocks(Target target, string what, string error) => new("KU-8064", $"{target}",
        $"{what} locks every table and index at the same time, and the server has no room for so many locks: {error} {Unchanged}",
        "Raise max_locks_per_transaction on the server and restart it; then run the same command.");

    public static Problem Unknown(Target target, string what, string error) => new("KU-8065", $"{target}",
        $"The connection was lost while {what} was being committed ({error}), and the target could not be reached again to find out "
            + "whether it was. It happened completely, or not at all.",
        $"When the server can be reached, look: {NextCommand.Of($"status {target.Name}")}");

    public static Problem NotRecorded(Target target) => new("KU-8066", $"{target}",
        $"The journal did not accept the row that says so: a trigger or a rule of its table blocks it. {Unchanged}",
        $"Remove it from the table {Journal.TableName} in {BesideNames.Before(BesideNames.Live(target))}, then run the same command.");
}
