namespace PluginUpgrade.Payloads;

/// <summary>Everything that can be wrong with new program files: KU-71xx. Paths are subjects, which are told without harm.</summary>
public static class PayloadProblem
{
    private const string Whole = "Copy the payload again from where it was made.";

    // The manifest.

    public static Problem NoManifest(string file) => new("KU-7101", file,
        "There is a payload and no manifest in it, so nobody can say of which version these files are.",
        "Write one, the least is { \"Version\": \"1.004\" }, as a file of its own; or move the payload away.");

    public static Problem BadManifest(string file, string where) => new("KU-7102", file,
        $"This is no manifest of a payload: {where}.",
        "Write a JSON object with Version, and optionally Files (a list of Path, Sha256, Mode) and Remove (a list of paths).");

    public static Problem BadVersion(string file, string? text) => new("KU-7102", file,
        text is null ? "The manifest has no Version." : $"The manifest's Version, '{text}', is none.",
        "Write the version that these files belong to: whole numbers with dots between them, such as 1.004.");

    // What it names.

    public static Problem Missing(string path) => new("KU-7103", path,
        "The manifest names this file, and it is not in the payload.", Whole);

    public static Problem OtherContent(string path) => new("KU-7104", path,
        "The file is not the one that the manifest names: its SHA-256 differs.", Whole);

    public static Problem Extra(string path) => new("KU-7105", path,
        "The file lies in the payload, and the manifest does not name it.", "Remove it, or name it in the manifest.");

    public static Problem NoPath(string path) => new("KU-7106", path,
        "This is no path below the root: one is relative, has '/' between names, and neither '.' nor '..' in it.", "Correct the manifest.");

    public static Problem Twice(string path) => new("KU-7107", path, "The manifest names this path twice.", "Keep one.");

    public static Problem FileAndRemoved(string path) => new("KU-7107", path,
        "The manifest has this path among Files and among Remove.", "Take it out of one of them.");

    public static Problem Reserved(string path) => new("KU-7108", path,
        "A payload may not touch this: data/ is the host's and the users', the drop folder and the payload folder are read before.",
        "Take it out of the payload. Modules are put into the drop folder before an upgrade; data is a module's to change.");

    public static Problem NoFile(string path) => new("KU-7109", path,
        "This is a link, a pipe or a device: a payload consists of files.", "Put the file itself in its place, or remove it.");

    public static Problem Insecure(string path, string why, bool allowed) => new("KU-7110", path,
        $"It {why}, who could so put other program files in place.",
        "See that what is there is yours, then take the right away (chmod go-w, chown); or accept it: --allow-insecure-modules.",
        allowed ? Severity.Warning : Severity.Error);

    public static Problem Unreadable(string path, string why) => new("KU-7111", path,
        $"It cannot be read: {why.TrimEnd('.')}.", "Put a readable file in its place, or give this user the right to read it.");

    public static Problem BadHash(string path) => new("KU-7112", path,
        "The manifest's Sha256 of this file is none: it has 64 hexadecimal digits.", "Correct the manifest, or leave Files out of it.");

    public static Problem BadMode(string path) => new("KU-7112", path,
        "The manifest's Mode of this file is none: it is an octal number up to 777, such as \"755\".", "Correct the manifest.");

    // What is in its way here.

    public static Problem InTheWay(string path, string what) => new("KU-7113", path,
        $"The payload has a file here, and in the root there is {what}.", "Move what is there away, if nobody needs it.");

    public static Problem Outside(string path, string why) => new("KU-7113", path,
        $"The path leads elsewhere in this root: {why.TrimEnd('.')}.",
        "Replace the link that leads there, or leave the path out of the payload.");

    public static Problem OtherFileSystem(string path) => new("KU-7115", path,
        "This lies on another file system than data/, so that a file cannot be put in place, or back, in one move.",
        "Have both on one file system, or leave the path out of the payload.");

    public static Problem NotWritable(string directory) => new("KU-7116", directory,
        "This user may not change the directory, in which the payload changes files.",
        "Run as the owner of the program files, or give this user the right to write there.");

    public const string NoSpaceCode = "KU-7114";

    public static Problem NoSpace(string directory, long needed, long free) => new(NoSpaceCode, directory,
        $"There is room for {Quantity.Size(free)}, and the new files need {Quantity.Size(needed)} beside the old ones at first.",
        "Make room, then run the same command.");

    public static Problem Changed(Payload payload) => new("KU-7120", $"{payload}",
        "Other files than these were installed for this version: the payload has changed since.",
        "Put the applied payload back or move this one away, and ship the change as a new version; or go on without it: --allow-changed.");

    public static Problem NotNeeded(Payload payload, UpgradeVersion at) => new("KU-7122", $"{payload}",
        $"It was never installed, and will not be: the installation is at {at} already.",
        "Move it away; or give it a newer version.", Severity.Warning);

    public static Problem ComponentTaken(IReadOnlyList<string> modules) => new("KU-7123", Problem.Join(modules),
        $"The component's name is kept for krang-upgrade itself: '{HostComponents.FormerPayload}', and all that begin with "
        + $"'{HostComponents.Prefix}'.", "Give the add-on another name.");

    // On one of several machines.

    public static Problem NoPayload(string folder) => new("KU-7132", folder,
        "There is no payload, so there are no program files to install.", "Copy the release's payload there.");

    public static Problem OlderThanHere(Payload payload, UpgradeVersion here) => new("KU-7133", $"{payload}",
        $"This machine's program files are of {here} already. This program does not take them back.",
        "Put the payload of that version or a newer one here.");

    public static Problem OtherThanElsewhere(Payload payload) => new("KU-7131", $"{payload}",
        "By the journal other files were installed for this version, on another machine.",
        "Copy the payload from the machine that the databases were upgraded on.");

    public static Problem AheadOfDatabases(Payload payload) => new("KU-7134", $"{payload}",
        "The databases are not there yet: their journal does not have this version's program files. New programs would meet old databases.",
        "Upgrade on one machine first (krang-upgrade), then: krang-upgrade files; or go ahead: --yes.", Severity.Warning);

    public static Problem NobodyToAsk(Payload payload) => new("KU-7135", $"{payload}",
        "The installation's database cannot be reached, so it cannot be told whether the databases are of this version.",
        "Start the server or correct Installation:Database; or go ahead: --yes.", Severity.Warning);

    public static Problem NeverLaidHere(UpgradeVersion databases) => new("KU-7121", "program files",
        $"The databases were upgraded with the program files of {databases}, and none were installed on this machine.",
        $"{ThisHost(databases)} If you deployed the files another way, ignore this.", Severity.Warning);

    public static Problem HereIsBehind(UpgradeVersion here, UpgradeVersion databases) => new("KU-7121", "program files",
        $"This machine's program files are of {here}, the databases of {databases}: another machine has gone on.",
        ThisHost(databases), Severity.Warning);

    public static Problem HereIsAhead(UpgradeVersion here, UpgradeVersion? databases) => new("KU-7121", "program files",
        $"This machine's program files are of {here}, and the databases' journal knows of "
        + $"{(databases is { } known ? $"{known}" : "none")}: "
        + "the databases were restored, or the files went ahead.",
        "Upgrade the databases (krang-upgrade), or go back to the program files that belong to them.", Severity.Warning);

    public static Problem HereIsOther(UpgradeVersion version) => new("KU-7121", "program files",
        $"This machine's program files of {version} are others than those that the databases were upgraded with.",
        ThisHost(version), Severity.Warning);

    private static string ThisHost(UpgradeVersion version) =>
        $"Copy the payload of {version} here, then: krang-upgrade files.";

    // While it is installed.

    public static Problem Moved(string path) => new("KU-7140", path,
        "The file has changed since it was looked at.", "Run the same command once nobody is copying files into the payload.");
}
