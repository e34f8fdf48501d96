namespace PluginUpgrade.Files;

/// <summary>Everything that can be wrong with undoing changes of files: KU-51xx.</summary>
internal static class UndoProblem
{
    private const string Again = "then run the same command again: it undoes the rest first.";

    public static Problem InTheWay(string path, string original) => new("KU-5101", path,
        "What was here before the step cannot be put back: something else has taken the name. " +
        $"The original is kept at '{original}'; nothing was deleted.",
        $"Move '{path}' away, {Again}");

    public static Problem Lost(string path, string expected) => new("KU-5101", path,
        $"What was here before the step cannot be put back: it should be kept at '{expected}', and is not there.",
        $"Put it back at '{path}' from wherever it was moved to or from a backup, {Again}");

    public static Problem Failed(string path, string original, string reason) => new("KU-5101", path,
        $"The step's change cannot be undone: {reason}. {Kept(original)}",
        $"Remove the cause, {Again}");

    public static Problem Waits(string path, string original, string cause) => new("KU-5101", path,
        $"The step's change is not undone yet, because a later one, to '{cause}', could not be. {Kept(original)}",
        $"Deal with '{cause}', {Again}");

    public static Problem Damaged(string file, int line, string reason) => new("KU-5102", file,
        $"The undo log of a step that was killed is damaged in line {line}, so that its changes of files cannot be undone: {reason} " +
        "Nothing was touched.",
        "Put the installation's files back by hand (the originals lie beside the log, under the numbers it gives) or from a backup, " +
        "remove the log's directory, and run the same command again.");

    public static Problem Leftover(string directory, string reason) => new("KU-5103", directory,
        $"The step's files are as they should be, but what was kept for undoing it cannot be removed: {reason}",
        "Remove the directory, or leave it: the next run tries again.", Severity.Warning);

    public static Problem NotOurs(string path, string fault) => new("KU-5104", path,
        $"An undo log lies here, and is not obeyed: this {fault}, so others could have written what it says. Nothing was touched.",
        "If the log is genuine, take the right to write from others (chown, chmod go-w) here and in the directories above, and run the "
        + "same command again. If not, move it out of data/upgrade-undo, and see who made it.");

    public static Problem Foreign(string file, int line, string fault) => new("KU-5105", file,
        $"The undo log's line {line} is none that krang-upgrade writes, so nothing of it is obeyed: {fault} Nothing was touched.",
        "See who changed it. Put the installation's files back by hand or from a backup, remove the log's directory, and run the same "
        + "command again.");

    public static Problem HeldByAnother(string root) => new("KU-5028", root,
        "Another process has changes to the installation's files under way. It may be frozen, or have lost its session with the server " +
        "without knowing: only its end, or its own undoing, makes them safe to touch. Nothing was changed.",
        "See which process it is (status names hosts at work; on this machine: lsof on the root directory), wait for its end or end it, " +
        "then run the same command.");

    private static string Kept(string original) =>
        original.Length == 0 ? "Nothing was deleted." : $"The original is kept at '{original}'; nothing was deleted.";
}
