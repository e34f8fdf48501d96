using PluginUpgrade.Journals;

namespace PluginUpgrade.Saves;

/// <summary>What can be wrong with saving and with saves: KU-70xx; 7001 and 7002 are of the programs.</summary>
public static class SaveProblem
{
    private const string Again = "Deal with the cause, then run the same command.";

    public static Problem NotOurs(string directory, string fault) => new("KU-7003", directory,
        $"This {fault}: who can write there could change what is restored.",
        $"Give it to the user who runs krang-upgrade, and to nobody else, with what is above it (chown, chmod go-w); or name another: "
        + "Save:Directory.");

    public static Problem NoRoom(string directory, long free, long data) => new("KU-7004", directory,
        $"There is too little room for the save: {Quantity.Size(free)} are free, and {Quantity.Size(data)} of tables are to be written, "
            + "compressed.",
        "Make room, save fewer instances, or name another directory: Save:Directory.");

    public static Problem DumpFailed(string what, int exitCode, string said) => new("KU-7005", what,
        $"pg_dump ended with {exitCode}. Nothing of the save was kept. It said: {said}", Again);

    public static Problem NotReadable(string what, string said) => new("KU-7006", what,
        $"What pg_dump has written cannot be read back; nothing of the save was kept. pg_restore said: {said}", Again);

    public static Problem NotWritten(string directory, string reason) => new("KU-7007", directory,
        $"The save could not be written: {reason.TrimEnd('.')}. Nothing of it was kept.", Again);

    public static Problem TooManyLocks(Target target, string schema, int relations, int budget) => new("KU-7008", $"{target}",
        $"{schema} holds {relations} tables, sequences and views, each of which pg_dump locks, and the server {target.Server} has room " +
        $"for {budget} locks in all.",
        "Raise max_locks_per_transaction there and start the server again; then run the same command.");

    public static Problem Locked(Target target, LockHolder holder) => new("KU-7018", $"{target}",
        $"Somebody is at work on it: its lock is held by {holder}. Nothing of the save was kept.",
        "Wait for its end, then run the same command; see who holds what: krang-upgrade status");

    public static Problem Changed(string what, string how) => new("KU-7062", what,
        $"While it was being saved, {how}: nobody knows which version was saved. Nothing of the save was kept.",
        "See who is at work (krang-upgrade status), then run the same command.");

    public static Problem NothingToSave() => new("KU-7009", "",
        "None of the targets holds anything yet: there is nothing to save.", "Upgrade first, or name others.");

    public static Problem NotYet(Target target) => new("KU-7019", $"{target}",
        "There is nothing of it yet: it is not saved.", "An upgrade makes its schema.", Severity.Warning);

    /// <summary>What a killed host left.</summary>
    public static Problem Unfinished(string folder) => new("KU-7010", folder,
        "This save was begun and never finished: its host was killed. It is none.",
        "The next save removes it: krang-upgrade save", Severity.Warning);

    public static Problem Unreadable(string folder, string reason) => new("KU-7011", folder,
        $"This folder is no save that can be used: {reason}", "Remove it by hand once nobody needs it.");

    public static Problem NewerFormat(string folder, int format) => new("KU-7012", folder,
        $"This save is of format {format}, and this program knows {SaveManifest.CurrentFormat}.",
        "Use the newer krang-upgrade that took it.");

    public static Problem MissingFile(string id, string file) => new("KU-7013", id,
        $"The save is damaged: {file} is missing.", "Use another save: krang-upgrade saves");

    public static Problem OtherFile(string id, string file, string difference) => new("KU-7014", id,
        $"The save is damaged: {file} {difference}.", "Use another save: krang-upgrade saves --verify");

    public static Problem Extra(string id, string file) => new("KU-7015", id,
        $"The save holds {file}, which its manifest does not know.", "Remove that file, or use another save: krang-upgrade saves");

    public static Problem NotRemoved(string folder, string reason) => new("KU-7016", folder,
        $"The folder could not be removed: {reason.TrimEnd('.')}.", "Remove it by hand.", Severity.Warning);

    public static Problem SeveralSnapshots(Target target, IReadOnlyList<string> schemas, int room) => new("KU-7025", $"{target}",
        $"The schemas {Problem.Join(schemas)} rest on each other, and are too many for one archive (of {room} tables): each archive is a " +
        "snapshot of its own, and where the application writes meanwhile they may not fit together when they are restored.",
        "Stop the application for the time of the save; or raise max_locks_per_transaction.", Severity.Warning);

    public static Problem ExternalDependents(Target target, IReadOnlyList<string> strangers) => new("KU-7040", $"{target}",
        $"What rests on its schema {target.Schema} and lies elsewhere would be dropped with it: {Problem.Join(strangers)}.",
        "Restore what these belong to with it, in one command; or drop them first and make them again afterwards.");

    public static Problem TooManyLocksToRestore(Target target, long locks, long room, Severity severity) => new("KU-7022", $"{target}",
        $"To restore it takes some {locks} locks in one transaction, and the server {target.Server} has room for {room} in all.",
        "Raise max_locks_per_transaction there and start the server again; then run the same command.", severity);

    /// <summary>The files are those of the manifest, and it is the manifest that is wrong.</summary>
    public static Problem OtherArchive(string id, string archive, string difference) => new("KU-7024", id,
        $"The manifest is not true: {archive} {difference}.", "Use another save: krang-upgrade saves --verify");

    /// <summary>Any other error would be told as if the upgrade had none to begin with.</summary>
    public static Problem BeforeUpgrade(int targets) => new("KU-7017", "",
        $"The save before the upgrade, of {targets} target{(targets == 1 ? "" : "s")}, failed; so the upgrade was not begun.",
        "Deal with what is said above, then run the same command; or go without a save: --no-save.");
}
