namespace PluginUpgrade.Files;

/// <summary>Problems of undoing file changes: KU-51xx, and KU-5028 for their lock.</summary>
internal static class UndoProblem
{
    private const string Again = "then run the same command: it first undoes the rest.";

    public static Problem InTheWay(string path, string original) => new("KU-5101", path,
        "The original cannot be put back: another file now has this name. " +
        $"The original is kept at '{original}'; nothing was deleted.",
        $"Move '{path}' away, {Again}");

    public static Problem Lost(string path, string expected) => new("KU-5101", path,
        $"The original cannot be put back: it should be at '{expected}', but is not there.",
        $"Put it back at '{path}', from where it was moved to or from a backup, {Again}");

    public static Problem Failed(string path, string original, string reason) => new("KU-5101", path,
        $"The step's change cannot be undone: {reason}. {Kept(original)}",
        $"Remove the cause, {Again}");

    public static Problem Waits(string path, string original, string cause) => new("KU-5101", path,
        $"The step's change is not undone yet, because a later change, to '{cause}', could not be undone. {Kept(original)}",
        $"Fix '{cause}', {Again}");

    public static Problem Damaged(string file, int line, string reason) => new("KU-5102", file,
        $"The undo log of a killed step is damaged in line {line}, so its file changes cannot be undone: {reason} " +
        "Nothing was changed.",
        "Restore the installation's files by hand (the originals are beside the log, under the numbers that it gives) or from a backup, " +
        "remove the log's directory, and run the same command.");

    public static Problem Leftover(string directory, string reason) => new("KU-5103", directory,
        $"The step's files are correct, but the copies kept for undoing it cannot be removed: {reason}",
        "Remove the directory. If you leave it, the next run tries again.", Severity.Warning);

    public static Problem NotOurs(string path, string fault) => new("KU-5104", path,
        $"The undo log here was not used: this {fault}, so other users could have written it. Nothing was changed.",
        "If the log is genuine, remove the write permission of others (chown, chmod go-w) here and in the directories above, and run the "
        + "same command. If not, move it out of data/upgrade-undo, and find out who made it.");

    public static Problem Foreign(string file, int line, string fault) => new("KU-5105", file,
        $"krang-upgrade did not write line {line} of the undo log, so the log was not used: {fault} Nothing was changed.",
        "Find out who changed it. Restore the installation's files by hand or from a backup, remove the log's directory, and run the same "
        + "command.");

    public static Problem HeldByAnother(string root) => new("KU-5028", root,
        "Another process is changing the installation's files. It may be frozen, or may have lost its session without noticing. " +
        "The files are safe to change only after it has ended or has undone its changes. Nothing was changed.",
        "Wait until the process ends, or end it, then run the same command. On this machine lsof on the root directory finds it; " +
        $"everywhere: {NextCommand.Of("status")}");

    private static string Kept(string original) =>
        original.Length == 0 ? "Nothing was deleted." : $"The original is kept at '{original}'; nothing was deleted.";
}
