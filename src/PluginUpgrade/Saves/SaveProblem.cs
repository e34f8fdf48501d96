using PluginUpgrade.Journals;

namespace PluginUpgrade.Saves;

/// <summary>The problems of saving and of saves: KU-70xx; 7001 and 7002 concern the programs.</summary>
public static class SaveProblem
{
    private const string Again = "Fix the cause, then run the same command.";

    public static Problem NotOurs(string directory, string fault) => new("KU-7003", directory,
        $"This {fault}. That user could change what a restore puts back.",
        $"Make it and the directories above writable only by root and the user of krang-upgrade (chown, chmod go-w); "
        + "or use another directory: Save:Directory.");

    public static Problem NoRoom(string directory, long free, long data) => new("KU-7004", directory,
        $"There is too little free space for the save: {Quantity.Size(free)} for {Quantity.Size(data)} of tables, "
            + "compressed.",
        "Free some space, save fewer instances, or use another directory: Save:Directory");

    public static Problem DumpFailed(string what, int exitCode, string said) => new("KU-7005", what,
        $"pg_dump ended with {exitCode}. Nothing of the save was kept. It said: {said}", Again);

    public static Problem NotReadable(string what, string said) => new("KU-7006", what,
        $"The output of pg_dump cannot be read back. Nothing of the save was kept. pg_restore said: {said}", Again);

    public static Problem NotWritten(string directory, string reason) => new("KU-7007", directory,
        $"The save could not be written: {reason.TrimEnd('.')}. Nothing of it was kept.", Again);

    public static Problem TooManyLocks(Target target, string schema, int relations, int budget) => new("KU-7008", $"{target}",
        $"{schema} contains {relations} tables, sequences and views, and pg_dump locks each of them, but the server {target.Server} has " +
        $"room " +
        $"for only {budget} locks in total.",
        "Raise max_locks_per_transaction there and restart the server; then run the same command.");

    public static Problem Locked(Target target, LockHolder holder) => new("KU-7018", $"{target}",
        $"Another session is working on it and holds its lock: {holder}. Nothing of the save was kept.",
        $"Wait until it ends, then run the same command. See who holds locks: {NextCommand.Of("status")}");

    public static Problem Changed(string what, string how) => new("KU-7062", what,
        $"While it was being saved, {how}, so it is unknown which version was saved. Nothing of the save was kept.",
        $"Wait until nobody works on it, then run the same command. See who does: {NextCommand.Of("status")}");

    public static Problem NothingToSave() => new("KU-7009", "",
        "There is nothing to save: the targets are still empty.", "Upgrade first, or name other targets.");

    public static Problem NotYet(Target target) => new("KU-7019", $"{target}",
        "It does not exist yet, so it is not saved.", "An upgrade creates its schema.", Severity.Warning);

    /// <summary>The leftover of a killed process.</summary>
    public static Problem Unfinished(string folder) => new("KU-7010", folder,
        "This save is incomplete: its process was killed. It cannot be restored.",
        $"The next save removes it: {NextCommand.Of("save")}", Severity.Warning);

    public static Problem Unreadable(string folder, string reason) => new("KU-7011", folder,
        $"This folder is not a usable save: {reason}", "Remove it by hand when nobody needs it.");

    public static Problem NewerFormat(string folder, int format) => new("KU-7012", folder,
        $"This save has format {format}; this krang-upgrade knows format {SaveManifest.CurrentFormat}.",
        "Use the newer krang-upgrade that took it.");

    public static Problem MissingFile(string id, string file) => new("KU-7013", id,
        $"The save is damaged: {file} is missing.", $"Use another save: {NextCommand.Of("saves")}");

    public static Problem OtherFile(string id, string file, string difference) => new("KU-7014", id,
        $"The save is damaged: {file} {difference}.", $"Use another save: {NextCommand.Of("saves --verify")}");

    public static Problem Extra(string id, string file) => new("KU-7015", id,
        $"The save contains {file}, which its manifest does not name.",
        $"Remove that file, or use another save: {NextCommand.Of("saves")}");

    public static Problem NotRemoved(string folder, string reason) => new("KU-7016", folder,
        $"The folder could not be removed: {reason.TrimEnd('.')}.", "Remove it by hand.", Severity.Warning);

    public static Problem SeveralSnapshots(Target target, IReadOnlyList<string> schemas, int room) => new("KU-7025", $"{target}",
        $"The schemas {Problem.Join(schemas)} depend on each other but do not fit into one archive (of {room} tables). Each archive is a " +
        "separate snapshot. If the application writes during the save, the restored schemas may contradict each other.",
        "Stop the application during the save, or raise max_locks_per_transaction.", Severity.Warning);

    public static Problem ExternalDependents(Target target, IReadOnlyList<string> dependents) => new("KU-7040", $"{target}",
        $"Objects outside its schema {target.Schema} depend on it and would be dropped with it: {Problem.Join(dependents)}.",
        "Restore the targets of these objects in the same command. Or drop the objects first, and create them again afterwards.");

    public static Problem TooManyLocksToRestore(Target target, long locks, long room, Severity severity) => new("KU-7022", $"{target}",
        $"Its restore takes about {locks} locks in one transaction, but the server {target.Server} has room for {room} in total.",
        "Raise max_locks_per_transaction there and restart the server; then run the same command.", severity);

    /// <summary>The files match the manifest, but the manifest itself is wrong.</summary>
    public static Problem OtherArchive(string id, string archive, string difference) => new("KU-7024", id,
        $"The manifest is wrong: {archive} {difference}.", $"Use another save: {NextCommand.Of("saves --verify")}");

    /// <summary>Says that the other errors come from the save before the upgrade, and that the upgrade did not begin.</summary>
    public static Problem BeforeUpgrade(int targets) => new("KU-7017", "",
        $"The save before the upgrade, of {targets} target{(targets == 1 ? "" : "s")}, failed, so the upgrade did not start.",
        "Fix the problems above, then run the same command; or upgrade without a save: --no-save");
}
