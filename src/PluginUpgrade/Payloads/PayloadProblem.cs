namespace PluginUpgrade.Payloads;

/// <summary>Problems of new program files: KU-71xx. Paths are given as subjects, which are printed safely.</summary>
public static class PayloadProblem
{
    private const string Whole = "Copy the payload again from its source.";

    // The manifest.

    public static Problem NoManifest(string file) => new("KU-7101", file,
        "The payload has no manifest, so the version of these files is unknown.",
        "Write this file with at least { \"Version\": \"1.004\" }; or move the payload away.");

    public static Problem BadManifest(string file, string where) => new("KU-7102", file,
        $"This is not a valid payload manifest: {where}.",
        "Write a JSON object with Version, and optionally Files (a list of Path, Sha256, Mode) and Remove (a list of paths).");

    public static Problem BadVersion(string file, string? text) => new("KU-7102", file,
        text is null ? "The manifest has no Version." : $"The manifest's Version, '{text}', is not a version.",
        "Write the version of these files: whole numbers with dots between them, such as 1.004.");

    // Files that the manifest names.

    public static Problem Missing(string path) => new("KU-7103", path,
        "The manifest names this file, but it is not in the payload.", Whole);

    public static Problem OtherContent(string path) => new("KU-7104", path,
        "The file is not the one in the manifest: its SHA-256 differs.", Whole);

    public static Problem Extra(string path) => new("KU-7105", path,
        "The file is in the payload, but the manifest does not name it.", "Remove it, or name it in the manifest.");

    public static Problem NoPath(string path) => new("KU-7106", path,
        "This is not a path below the root. Such a path is relative, uses '/', and has no '.' or '..' in it.", "Correct the manifest.");

    public static Problem Twice(string path) => new("KU-7107", path, "The manifest names this path twice.", "Remove one.");

    public static Problem FileAndRemoved(string path) => new("KU-7107", path,
        "The manifest has this path both in Files and in Remove.", "Remove it from one of them.");

    public static Problem Reserved(string path) => new("KU-7108", path,
        "A payload may not change this: data/ belongs to krang-upgrade and its users; the drop folder and the payload folder are read " +
        "before.",
        "Remove it from the payload. Put modules into the drop folder before an upgrade; change data with a module.");

    public static Problem NoFile(string path) => new("KU-7109", path,
        "This is a link, a pipe or a device; a payload may contain only files.", "Replace it with a file, or remove it.");

    public static Problem Insecure(string path, string why, bool allowed) => new("KU-7110", path,
        $"It {why}. That user could replace program files.",
        "Check that the files are yours, then remove the right (chmod go-w, chown); or accept the risk: --allow-insecure-modules",
        allowed ? Severity.Warning : Severity.Error);

    public static Problem Unreadable(string path, string why) => new("KU-7111", path,
        $"It cannot be read: {why.TrimEnd('.')}.", "Replace it with a readable file, or let this user read it.");

    public static Problem BadHash(string path) => new("KU-7112", path,
        "The manifest's Sha256 of this file is not valid: it must have 64 hexadecimal digits.",
        "Correct the manifest, or remove Files from it.");

    public static Problem BadMode(string path) => new("KU-7112", path,
        "The manifest's Mode of this file is not valid: write an octal number up to 777, such as \"755\".", "Correct the manifest.");

    // What prevents it in this root.

    public static Problem InTheWay(string path, string what) => new("KU-7113", path,
        $"The payload has a file here, but the root has {what}.", "Move it away if nobody needs it.");

    public static Problem WrittenTwice(string path) => new("KU-7113", path,
        "Two files of the payload would be written to this path: one of them is the new version of a kept file.",
        "Rename the other one in the payload, or change Payload:Keep.");

    public static Problem Outside(string path, string why) => new("KU-7113", path,
        $"In this root, the path leads elsewhere: {why.TrimEnd('.')}.",
        "Replace the link that leads there, or remove the path from the payload.");

    public static Problem OtherFileSystem(string path) => new("KU-7115", path,
        "This is on another file system than data/, so files cannot be moved into place or back in one operation.",
        "Put both on one file system, or remove the path from the payload.");

    public static Problem NotWritable(string directory) => new("KU-7116", directory,
        "The payload changes files in this directory, but this user has no right to write to it.",
        "Run as the owner of the program files, or let this user write there.");

    public const string NoSpaceCode = "KU-7114";

    public static Problem NoSpace(string directory, long needed, long free) => new(NoSpaceCode, directory,
        $"{Quantity.Size(free)} are free, but the new files need {Quantity.Size(needed)} beside the old files at first.",
        "Free some space, then run the same command.");

    public static Problem Changed(Payload payload) => new("KU-7120", $"{payload}",
        "Different files were installed for this version: the payload has changed since.",
        "Put the applied payload back, or move this one away, and ship the change as a new version. To continue anyway: --allow-changed");

    public static Problem NotNeeded(Payload payload, UpgradeVersion at) => new("KU-7122", $"{payload}",
        $"It was never installed and will not be: the installation is already at {at}.",
        "Move it away, or give it a newer version.", Severity.Warning);

    public static Problem ComponentTaken(IReadOnlyList<string> modules) => new("KU-7123", Problem.Join(modules),
        $"The component name '{HostComponents.FormerPayload}' and all names that begin with '{HostComponents.Prefix}' are reserved.",
        "Give the add-on another name.");

    // With several machines.

    public static Problem NoPayload(string folder) => new("KU-7132", folder,
        "There is no payload, so there are no program files to install.", "Copy the release's payload to this folder.");

    public static Problem OlderThanHere(Payload payload, UpgradeVersion here) => new("KU-7133", $"{payload}",
        $"This machine already has the program files of {here}. krang-upgrade does not downgrade.",
        "Copy the payload of that version or a newer one here.");

    public static Problem OtherThanElsewhere(Payload payload) => new("KU-7131", $"{payload}",
        "The journal says that different files were installed for this version on another machine.",
        "Copy the payload from the machine that upgraded the databases.");

    public static Problem AheadOfDatabases(Payload payload) => new("KU-7134", $"{payload}",
        "The databases are not at this version yet: their journal does not name its program files. New programs would use old databases.",
        "First upgrade the databases, on one machine, then run the same command. To continue anyway: --yes",
        Severity.Warning);

    public static Problem NobodyToAsk(Payload payload) => new("KU-7135", $"{payload}",
        "The installation's database cannot be reached, so it is unknown whether the databases are at this version.",
        "Start the server or correct Installation:Database. To continue anyway: --yes",
        Severity.Warning);

    public static Problem NeverLaidHere(UpgradeVersion databases) => new("KU-7121", "program files",
        $"The databases were upgraded with the program files of {databases}, but this machine has none installed.",
        $"{ThisHost(databases)} If you deployed the files another way, ignore this.", Severity.Warning);

    public static Problem HereIsBehind(UpgradeVersion here, UpgradeVersion databases) => new("KU-7121", "program files",
        $"This machine has the program files of {here}, but the databases are at {databases}: another machine has upgraded them.",
        ThisHost(databases), Severity.Warning);

    public static Problem HereIsAhead(UpgradeVersion here, UpgradeVersion? databases) => new("KU-7121", "program files",
        $"This machine has the program files of {here}, but the databases' journal names "
        + $"{(databases is { } known ? $"{known}" : "none")}: "
        + "the databases were restored, or only the files were upgraded.",
        $"Install the program files that belong to the databases; or upgrade the databases: {NextCommand.Of("")}", Severity.Warning);

    public static Problem HereIsOther(UpgradeVersion version) => new("KU-7121", "program files",
        $"This machine's program files of {version} differ from those that the databases were upgraded with.",
        ThisHost(version), Severity.Warning);

    private static string ThisHost(UpgradeVersion version) =>
        $"Copy the payload of {version} here, then run: {NextCommand.Of("files")}";

    // During the installation.

    public static Problem Moved(string path) => new("KU-7140", path,
        "The file has changed since it was checked.", "When nobody is copying files into the payload any more, run the same command.");
}
