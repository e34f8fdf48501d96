using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Journals;

/// <summary>Problems of a target's journal: its table, its rows, the rights on it.</summary>
public static class JournalProblem
{
    private const int Shown = 5;

    public static Problem NotFit(Target target, IReadOnlyList<JournalFault> faults) => new("KU-3014", $"{target}",
        $"The table {Table(target)} {Listed([.. faults.Select(fault => fault.What)])}, so it cannot be trusted as a journal.",
        $"As the owner of schema {target.Schema}, remove that or rename the table. If this target has no other journal, "
            + $"declare its version: {NextCommand.Of($"baseline VERSION{target.Argument}")}");

    public static Problem BadRows(Target target, IReadOnlyList<string> rows) => new("KU-3015", $"{target}",
        $"Its journal has rows that are not valid: {Listed(rows)}.", $"Correct or remove these rows of {Table(target)}.");

    public static Problem MayNotWrite(Target target) => new("KU-3016", $"{target}",
        $"This role has no right to write the journal {Table(target)}, which records each step.",
        $"Connect as its owner, or: GRANT SELECT, INSERT, UPDATE, DELETE ON {Table(target)} TO the role");

    public static Problem BrokenKey(Target target) => new("KU-3017", $"{target}",
        $"The journal {Table(target)} was made with standard_conforming_strings off. Its generated key lost its backslashes, so the "
            + "rows of steps cannot be found.",
        $"Repair it: {NextCommand.Of($"reset {target}")}");

    /// <summary>The transaction that created it was rolled back.</summary>
    public static Problem NotAsMade(Target target) => new("KU-3018", $"{target}",
        $"The journal {Table(target)} could not be created correctly: something in the database, such as an event trigger, changes new " +
        $"objects. "
            + "Nothing of it was kept.",
        "Remove or disable that for the upgrade (\\dy in psql lists event triggers), then run the same command.");

    public static Problem MayNotRead(Target target) => new("KU-3104", $"{target}",
        $"This role has no right to read the journal {Table(target)} in database {target.DatabaseName}.",
        "Grant the missing rights to the role, or make it the schema's owner. Then run the same command.");

    public static Problem NotRead(Target target, Exception e) =>
        e is PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } ? MayNotRead(target) : new("KU-3106", $"{target}",
            $"Its journal {Table(target)} in database {target.DatabaseName} cannot be read: {SqlErrors.Describe(e)}",
            "Fix the cause, then run the same command.");

    private static string Table(Target target) => Journal.Table(target.Schema);

    private static string Listed(IReadOnlyList<string> said) =>
        string.Join("; ", said.Distinct().Take(Shown)) + (said.Count > Shown ? $"; and {said.Count - Shown} more" : "");
}
