using PluginUpgrade.Journals;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores;

/// <summary>What can be wrong with restoring: KU-703x to KU-706x. Those below 7050 refuse: nothing was changed.</summary>
public static class RestoreProblem
{
    private const string List = "See what there is: krang-upgrade saves";
    private const string Again = "Deal with the cause, then run the same command: it restores what is left.";

    public static Problem NoSave(string directory, string what) => new("KU-7030", directory,
        $"No whole save here holds {what}.", $"{List}; name one with --save, or what to restore.");

    public static Problem UnknownId(string directory, string id, IReadOnlyList<string> ids) => new("KU-7031", $"--save {id}",
        $"There is no such save in {directory}.", ids.Count == 0 ? "There is none at all: see Save:Directory in the settings."
            : $"The newest are {string.Join(", ", ids.Reverse().Take(3))}; all: krang-upgrade saves");

    public static Problem AmbiguousId(string id, IReadOnlyList<string> ids) => new("KU-7032", $"--save {id}",
        $"{ids.Count} saves begin like that: {Problem.Join(ids)}.", "Write more of it.");

    public static Problem OtherInstallation(string id, string saved, string name) => new("KU-7033", id,
        $"This is a save of the installation '{saved}', and this one is '{name}' (Installation:Name).",
        "Use a save of this installation, or restore in the root of the other.");

    public static Problem NotInSave(Target target, string id) => new("KU-7034", $"{target}",
        $"The save {id} does not hold it.", $"{List}; name another with --save.");

    public static Problem Unreadable(string id, string archive, string said) => new("KU-7035", id,
        $"Its archive {archive} cannot be read: {said}", "Use another save: krang-upgrade saves --verify");

    public static Problem NoSuchSchema(Target target, string id, string archive) => new("KU-7036", $"{target}",
        $"The archive {archive} of the save {id} does not hold its schema {target.Schema}.",
        "Use another save: krang-upgrade saves");

    public static Problem NewerServer(Target target, string saved, int now) => new("KU-7037", $"{target}",
        $"It was saved from PostgreSQL {saved}, one from a newer major version of the server than {target.Server}, which is {now}.",
        "Restore it on a server that is at least as new.");

    public static Problem NoTool(string archive, string version, string newest) => new("KU-7038", archive,
        $"It was written by pg_dump {version}, and the newest pg_restore on this machine is {newest}.",
        "Install PostgreSQL's client programs of that version, or see Postgres:Bin in the settings.");

    public static Problem NotOwner(Target target, string what) => new("KU-7039", $"{target}",
        $"This role {what}.", "Connect as a role that may, or have the rights granted; then run the same command.");

    /// <summary>The same at the save, as a warning: what it holds this role cannot bring back.</summary>
    public static Problem MayNot(Target target, string statement, string why, Severity severity) => new("KU-7020", $"{target}",
        $"This role cannot restore it: {why}. The statement: {Short(statement)}",
        "Restore it as a superuser; or have the rights granted, or what stands in the way removed, and save again.", severity);

    public static Problem NotThere(Target target, string kind, string name, string statement, Severity severity) => new(
        "KU-7021", $"{target}", $"The {kind} {name}, which it needs, is not on this server. The statement: {Short(statement)}",
        kind == "extension" ? "Install the extension's files on the server; then run the same command."
            : $"Make it (CREATE {kind.ToUpperInvariant()}), then run the same command.", severity);

    public static Problem Prepared(Target target, string transactions) => new("KU-7023", $"{target}",
        $"Prepared transactions hold what is to be replaced: {transactions}.",
        "COMMIT PREPARED or ROLLBACK PREPARED them; then run the same command.");

    public static Problem Replicated(Target target, string what, Severity severity) => new("KU-7026", $"{target}",
        $"Its database {target.DatabaseName} would be replaced, and with it would go: {what}.",
        "Drop these before the restore, and make them again afterwards.", severity);

    public static Problem NoExtension(Target target, SavedExtension extension) => new("KU-7027", $"{target}",
        $"It uses the extension {extension.Name}, which is not saved with a schema and is not in database {target.DatabaseName}.",
        $"CREATE EXTENSION {PostgresName.Quote(extension.Name)} SCHEMA {PostgresName.Quote(extension.Schema)}; then run the same command.");

    /// <summary>The statement's characters are bytes: of it only what is ASCII is shown.</summary>
    public static Problem Unnameable(Target target, string statement, Severity severity) => new("KU-7028", $"{target}",
        "It holds a table that has a name, or a column with a name, of bytes that are no UTF-8, in a database in SQL_ASCII: its rows can "
        + "be restored with a whole database and not with a schema. The statement: "
        + Short(string.Concat(statement.Select(c => char.IsAscii(c) ? c : '?'))),
        "Rename it (ALTER TABLE ... RENAME) and save again; or give the instance a database of its own.", severity);

    private static string Short(string statement)
    {
        var line = string.Join(' ', statement.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > 200 ? $"{line[..200]} ..." : line;
    }

    public static Problem NameTaken(Target target, string database, string why) => new("KU-7041", $"{target}",
        $"The name {database} is needed for the time of the restore, and {why}.",
        "See what that database is, and rename or drop it; then run the same command.");

    public static Problem Connected(Target target, string sessions) => new("KU-7042", $"{target}",
        $"Its database {target.DatabaseName} is to be replaced, and is in use: {sessions}.",
        "End these sessions (stop the application), then run the same command.");

    public static Problem OtherPlace(Target target, string was, string now) => new("KU-7043", $"{target}",
        $"It was saved as {was}, and the settings have it as {now}.", "Put the settings back as they were, and run the same command.");

    public static Problem Failed(Target target, string error) => new("KU-7050", $"{target}",
        $"It could not be restored: {error} Nothing of it was changed.", Again);

    public static Problem Unknown(Target target, string error) => new("KU-7051", $"{target}",
        $"The connection was lost while the restore was being committed ({error}), and nobody could be asked whether it was: " +
        "either all of it is restored, or nothing.", "Run the same command when the server can be reached.");

    public static Problem Locked(Target target, LockHolder holder) => new("KU-7052", $"{target}",
        $"Another session holds its lock: {holder}. Nothing was done to it.",
        "Wait for its end, then run the same command; see who holds what: krang-upgrade status");

    public static Problem Differs(Target target, IReadOnlyList<string> differences) => new("KU-7063", $"{target}",
        $"It came back otherwise than it was saved: {Problem.Join(differences)}. So it was not kept; nothing of it was changed.",
        "See what in the database acts on whatever is made there (event triggers, default privileges, settings), or whether the settings " +
        "name all schemas that views and functions refer to (Run:SearchPath); then run the same command.");

    public static Problem LockEnded(Target target, string what) => new("KU-7065", $"{target}",
        $"While it was being restored, {what}. It was left as it is now, and nothing was restored.",
        "See what happened there (krang-upgrade status, krang-upgrade history), then run the same command if it is still wanted.");

    public static Problem Unpublished(Target target, IReadOnlyList<string> publications) => new("KU-7060", $"{target}",
        $"Its tables are made anew, and leave what publishes them: {Problem.Join(publications)}.",
        "Add them again afterwards: ALTER PUBLICATION ... ADD TABLE", Severity.Warning);

    public static Problem PassedOver(Problem fault) => fault with
    {
        Message = $"{fault.Message} It is passed over.",
        Severity = Severity.Warning,
    };

    public static Problem NotDropped(Target target, string database, string error) => new("KU-7061", $"{target}",
        $"It is restored; the database as it was before, {database}, could not be dropped: {error}",
        $"Deal with that; then the next restore drops it, or you do: dropdb '{database}'", Severity.Warning);
}
