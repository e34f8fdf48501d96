using PluginUpgrade.Journals;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores;

/// <summary>The problems of restoring: KU-703x to KU-706x. Those below 7050 refuse the restore: nothing was changed.</summary>
public static class RestoreProblem
{
    private static string List => $"List the saves: {NextCommand.Of("saves")}";
    private const string Again = "Fix the cause, then run the same command: it restores what is left.";

    public static Problem NoSave(string directory, string what) => new("KU-7030", directory,
        $"No complete save here contains {what}.", $"Choose a save with --save, or other targets. {List}");

    public static Problem UnknownId(string directory, string id, IReadOnlyList<string> ids) => new("KU-7031", $"--save {id}",
        $"{directory} has no such save.", ids.Count == 0 ? "It has no saves at all: check Save:Directory in the settings."
            : $"The newest are {string.Join(", ", ids.Reverse().Take(3))}; list all: {NextCommand.Of("saves")}");

    public static Problem AmbiguousId(string id, IReadOnlyList<string> ids) => new("KU-7032", $"--save {id}",
        $"{ids.Count} saves match: {Problem.Join(ids)}.", "Give more characters of the ID.");

    public static Problem OtherInstallation(string id, string saved, string name) => new("KU-7033", id,
        $"This is a save of installation '{saved}', but this installation is '{name}' (Installation:Name).",
        "Use a save of this installation, or restore in the root of the other installation.");

    public static Problem NotInSave(Target target, string id) => new("KU-7034", $"{target}",
        $"The save {id} does not contain this target.", $"Choose another save with --save. {List}");

    public static Problem Unreadable(string id, string archive, string said) => new("KU-7035", id,
        $"Its archive {archive} cannot be read: {said}", $"Use another save: {NextCommand.Of("saves --verify")}");

    public static Problem NoSuchSchema(Target target, string id, string archive) => new("KU-7036", $"{target}",
        $"The archive {archive} of the save {id} does not contain its schema {target.Schema}.",
        $"Use another save: {NextCommand.Of("saves")}");

    public static Problem NewerServer(Target target, string saved, int now) => new("KU-7037", $"{target}",
        $"It was saved from PostgreSQL {saved}, a newer major version than that of {target.Server}, which is {now}.",
        "Restore it on a server of that version or a newer one.");

    public static Problem NoTool(string archive, string version, string? newest) => new("KU-7038", archive,
        $"pg_dump {version} wrote it, but {(newest is null ? "pg_restore is not installed on this machine"
            : $"the newest pg_restore on this machine is {newest}")}.",
        "Install PostgreSQL's client programs of that version, or check Postgres:Bin in the settings.");

    public static Problem NotOwner(Target target, string what) => new("KU-7039", $"{target}",
        $"This role {what}.", "Connect as a role that has these rights, or grant them; then run the same command.");

    /// <summary>Also reported by a save, as a warning: this role cannot restore what the save holds.</summary>
    public static Problem MayNot(Target target, string statement, string why, Severity severity) => new("KU-7020", $"{target}",
        $"This role cannot restore it: {why}. The statement: {Short(statement)}",
        "Restore it as a superuser. Or grant the rights, or remove the objects that prevent it, and save again.", severity);

    public static Problem NotThere(Target target, string kind, string name, string statement, Severity severity) => new(
        "KU-7021", $"{target}", $"It needs the {kind} {name}, which this server does not have. The statement: {Short(statement)}",
        kind == "extension" ? "Install the extension's files on the server; then run the same command."
            : $"Create it (CREATE {kind.ToUpperInvariant()}), then run the same command.", severity);

    public static Problem Prepared(Target target, string transactions) => new("KU-7023", $"{target}",
        $"Prepared transactions hold locks on objects that the restore replaces: {transactions}.",
        "End them with COMMIT PREPARED or ROLLBACK PREPARED; then run the same command.");

    public static Problem Replicated(Target target, string what, Severity severity) => new("KU-7026", $"{target}",
        $"Its database {target.DatabaseName} would be replaced. These would be lost with it: {what}.",
        "Drop them before the restore, and create them again afterwards.", severity);

    public static Problem NoExtension(Target target, SavedExtension extension) => new("KU-7027", $"{target}",
        $"It uses the extension {extension.Name}. A save of a schema does not contain extensions, and database {target.DatabaseName} " +
        $"lacks it.",
        $"CREATE EXTENSION {PostgresName.Quote(extension.Name)} SCHEMA {PostgresName.Quote(extension.Schema)}; then run the same command.");

    /// <summary>Each of the statement's characters stands for a byte, so only ASCII is shown.</summary>
    public static Problem Unnameable(Target target, string statement, Severity severity) => new("KU-7028", $"{target}",
        "The name of a table or column in it is not UTF-8, because its database uses SQL_ASCII. Rows of that table can "
        + "be restored only with a whole database, not with a schema. The statement: "
        + Short(string.Concat(statement.Select(c => char.IsAscii(c) ? c : '?'))),
        "Rename it (ALTER TABLE ... RENAME) and save again; or give the instance its own database.", severity);

    private static string Short(string statement)
    {
        var line = string.Join(' ', statement.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > 200 ? $"{line[..200]} ..." : line;
    }

    public static Problem NameTaken(Target target, string database, string why) => new("KU-7041", $"{target}",
        $"The restore temporarily needs the database name {database}, but {why}.",
        "Check what that database is, and rename or drop it; then run the same command.");

    public static Problem Connected(Target target, string sessions) => new("KU-7042", $"{target}",
        $"The restore replaces its database {target.DatabaseName}, but it is in use: {sessions}.",
        "End these sessions (stop the application), then run the same command.");

    public static Problem OtherPlace(Target target, string was, string now) => new("KU-7043", $"{target}",
        $"It was saved as {was}, but the settings have it as {now}.", "Restore the former settings, then run the same command.");

    public static Problem Failed(Target target, string error) => new("KU-7050", $"{target}",
        $"It could not be restored: {error} The target was not changed.", Again);

    public static Problem Unknown(Target target, string error) => new("KU-7051", $"{target}",
        $"The connection was lost while the restore was being committed ({error}), and the server could not be asked for the result. " +
        "Either all of it is restored, or nothing.", "When the server can be reached, run the same command.");

    public static Problem Locked(Target target, LockHolder holder) => new("KU-7052", $"{target}",
        $"Another session holds its lock: {holder}. The target was not changed.",
        $"Wait until it ends, then run the same command. See who holds locks: {NextCommand.Of("status")}");

    public static Problem Differs(Target target, IReadOnlyList<string> differences) => new("KU-7063", $"{target}",
        $"The restored target differs from the save: {Problem.Join(differences)}. So the restore was undone; the target was not changed.",
        "Check what changes new objects in the database (event triggers, default privileges, settings), and whether the settings " +
        "name all schemas that views and functions refer to (Run:SearchPath). Then run the same command.");

    public static Problem LockEnded(Target target, string what) => new("KU-7065", $"{target}",
        $"While it was being restored, {what}. The restore was undone; the target was not changed.",
        $"To restore anyway, run the same command. To find out what happened: {NextCommand.Of($"history{target.Argument}")}");

    public static Problem Unpublished(Target target, IReadOnlyList<string> publications) => new("KU-7060", $"{target}",
        $"The restore drops and creates its tables, which removes them from these publications: {Problem.Join(publications)}.",
        "Add them again afterwards: ALTER PUBLICATION ... ADD TABLE", Severity.Warning);

    public static Problem PassedOver(Problem fault) => fault with
    {
        Message = $"{fault.Message} This save was skipped.",
        Severity = Severity.Warning,
    };

    public static Problem NotDropped(Target target, string database, string error) => new("KU-7061", $"{target}",
        $"It is restored, but the former database, {database}, could not be dropped: {error}",
        "Fix that. The next restore drops it; or drop it now: "
            + NextCommand.Of($"psql{target.Argument} --command {NextCommand.Quote($"DROP DATABASE {PostgresName.Quote(database)}")}"),
        Severity.Warning);
}
