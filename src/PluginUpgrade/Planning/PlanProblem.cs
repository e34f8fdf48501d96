using PluginUpgrade.Settings;

namespace PluginUpgrade.Planning;

/// <summary>Reasons to refuse an upgrade after everything could be read: KU-40xx.</summary>
public static class PlanProblem
{
    public static Problem FromAfterTo(UpgradeVersion from, UpgradeVersion to) => new("KU-4001", $"--from {from} --to {to}",
        "--from is newer than --to. Versions are compared number by number.",
        "Swap them, or leave out --from: the journals contain the targets' versions.");

    public static Problem BeyondTo(
        IReadOnlyList<Target> targets, UpgradeVersion version, UpgradeVersion to) => new("KU-4002", Names(targets),
        $"{It(targets)} already at {version}, beyond --to {to}. krang-upgrade does not downgrade.",
        $"Use --to {version} or newer, or restore a save from that time: {NextCommand.Of("saves")}");

    public static Problem NewerThanEveryModule(IReadOnlyList<Target> targets, UpgradeVersion version, UpgradeVersion newest) => new(
        "KU-4003", Names(targets),
        $"{It(targets)} at {version}, newer than every module here (the newest is {newest}). Was it upgraded by a newer release?",
        "Put that release's modules into the drop folder; or correct a wrong baseline: "
            + NextCommand.Of($"baseline VERSION{Arguments(targets)} --replace"));

    public static Problem BehindFrom(
        IReadOnlyList<Target> targets, UpgradeVersion version, UpgradeVersion from) => new("KU-4004", Names(targets),
        $"{It(targets)} at {version} according to the journal, older than --from {from}.",
        "Leave out --from to continue from the journal's version.");

    public static Problem UnknownStart(IReadOnlyList<Target> targets, bool onlyByHand) => new("KU-4005", Names(targets),
        (onlyByHand ? "The journal contains only modules that were run by hand" : "There is no journal, or it has no finished step") +
        ", but there are tables, so their version is unknown.",
        "Declare the version: --from VERSION with this command, or " + NextCommand.Of($"baseline VERSION{Arguments(targets)}"));

    public static Problem Torn(Target target, UpgradeVersion version, string? error) => new("KU-4006", $"{target}",
        $"Version {version} started there, and it is unknown which of its changes were kept{(error is null ? "" : $": {error}")}",
        $"Inspect the target, bring it to the state before or after {version}, then run: {NextCommand.Of($"reset {target}")}");

    public static Problem Late(string module, UpgradeVersion version, IReadOnlyList<Target> targets) => new("KU-4007", module,
        $"It has version {version}, but {Names(targets)} went past that version without it: it arrived late.",
        "Give the module a newer version; or run it out of order: --allow-out-of-order");

    public static Problem Missing(string module, UpgradeVersion version, IReadOnlyList<Target> targets) => new("KU-4008", module,
        $"The journal of {Names(targets)} says that it is applied (version {version}), but it is not in the drop folder.",
        "Put it back; or continue without it: --allow-missing");

    public static Problem Changed(UpgradeModule module, IReadOnlyList<Target> targets) => new("KU-4009", $"{module}",
        module.IsDeclared || module.InstallationSlice is not null || module.InstanceSlice is not null
            ? $"What was applied to {Names(targets)} as version {module.Version} is not what the declared schema and the module are now."
            : $"{module.File} is not the file that was applied to {Names(targets)} (version {module.Version}): its SHA-256 differs.",
        "Put the applied file back and ship the change as a new version. To continue this time: --allow-changed. If the change is "
            + "harmless, accept it once, and say why: "
            + NextCommand.Of($"accept {module.Version}{Option("--component", module.Component)} --reason TEXT"));

    public static Problem OnlyByUpgrade(UpgradeModule module, IReadOnlyList<Target> targets) => new("KU-4043", $"{module}",
        $"The declared schema has changes of version {module.Version} that {Names(targets)} does not have yet: the module belongs between "
            + "them.",
        $"Upgrade instead: {NextCommand.Of($"--to {module.Version}")}");

    public static Problem Created(Target target, UpgradeVersion version) => new("KU-4044", $"{target}",
        $"It was created at version {version} from the declared schema: that is no baseline to be replaced.",
        $"See its journal: {NextCommand.Of($"history{target.Argument}")}");

    public static Problem NotByDefault(string component, UpgradeVersion newest, UpgradeVersion known) => new("KU-4045", component,
        $"The declared schema removes something at version {known}, where nothing begins. An upgrade goes to {newest} by default.",
        $"To go there: {NextCommand.Of($"--to {known}")}", Severity.Warning);

    public static Problem Rewrites(Target target, UpgradeVersion version, SchemaChange change) => new("KU-4046", $"{target}",
        $"Version {version} {change}, and PostgreSQL would write the large table {change.Table} anew: nobody can use it meanwhile.",
        "Declare Rewrite() at the column to accept that, or InBatches() for a default that is computed for each row; or split the change.");

    private static string Option(string name, string value) => value.Length > 0 ? $" {name} {NextCommand.Quote(value)}" : "";

    public static Problem InstallationBehind(
        IReadOnlyList<Target> targets, IReadOnlyList<UpgradeVersion> pending, UpgradeVersion to) => new("KU-4010", Names(targets),
        $"The installation step{(pending.Count == 1 ? "" : "s")} of {string.Join(", ", pending)} " +
        $"must run before these versions, but {(pending.Count == 1 ? "has" : "have")} not run yet.",
        $"To continue without it (the journal records this): --skip-installation. To run it first: {NextCommand.Of($"--to {to}")}");

    public static Problem NoModules(string folder, bool someAreBroken = false) => new("KU-4011", folder,
        $"There are no {(someAreBroken ? "usable " : "")}modules, so there is no version to upgrade to.",
        "Put modules into the folder, or add --to VERSION.");

    public static Problem NotKnown(IReadOnlyList<Target> targets, UpgradeVersion version, UpgradeVersion newest) => new(
        "KU-4016", Names(targets),
        $"--to {version} is newer than all modules and program files here (the newest is {newest}): nothing would run, and it would only " +
        "be recorded.",
        $"Correct --to. If the release {version} has no module: run all pending steps, then the same command with --record-only.");

    public static Problem NotOnlyRecorded(
        IReadOnlyList<Target> targets, IReadOnlyList<UpgradeVersion> pending, UpgradeVersion newest) => new("KU-4017", Names(targets),
        $"--record-only runs nothing, but {string.Join(", ", pending)} {(pending.Count == 1 ? "is" : "are")} still pending.",
        $"Run the pending steps first (with --to {newest}, without --record-only), then the same command.");

    public static Problem DeclaredUnknown(UpgradeVersion version, UpgradeVersion newest) => new("KU-4018", $"baseline {version}",
        $"It is newer than all modules and program files here (the newest is {newest}).",
        $"If this is a mistake, correct it: the same command with {newest} and --replace.", Severity.Warning);

    public static Problem AtomicBuild(IReadOnlyList<UpgradeModule> modules, IReadOnlyList<Target> targets) => new(
        "KU-4021", Problem.Join([.. modules.Select(module => $"{module}")]),
        $"--atomic instance runs all steps of an instance in one transaction, but on {Names(targets)} new data would be built side by "
            + "side, in many transactions.",
        "Leave out --atomic instance.");

    public static Problem DryBuild(IReadOnlyList<UpgradeModule> modules, IReadOnlyList<Target> targets) => new(
        "KU-4022", Problem.Join([.. modules.Select(module => $"{module}")]),
        $"--dry-run rolls everything back, but on {Names(targets)} new data would be built side by side, in many transactions that "
            + "cannot be rolled back.",
        "See the steps with plan; or dry-run only the versions before it, with --to.");

    public static Problem BuildAgain(UpgradeModule module, IReadOnlyList<Target> targets) => new("KU-4023", $"{module}",
        $"--again is not possible for a side-by-side module: on {Names(targets)} it would build from data that it has already replaced.",
        "Leave out --again. Where it is applied, swap the old data back first (rollback), then run it.");

    public static Problem EmptyWave(WaveSetting wave, int number, int left) => new("KU-4015", $"Run:Waves {number} ({wave})",
        left == 0 ? "All instances are already in earlier waves."
            : "All instances that it matches are already in earlier waves, or none match.",
        $"Correct the waves, or the instances' labels. To see the labels: {NextCommand.Of("status --list --json")}");

    /// <summary>Up to five names; empty where the installation is among the targets: the command is then about all of them.</summary>
    private static string Arguments(IReadOnlyList<Target> targets) =>
        targets.Any(target => target.Scope == Scope.Installation) ? "" : string.Concat(targets.Take(5).Select(target => target.Argument));

    private static string It(IReadOnlyList<Target> targets) => targets.Count == 1 ? "It is" : "They are";

    internal static string Names(IReadOnlyList<Target> targets) => Problem.Join([.. targets.Select(target => $"{target}")]);
}
