using PluginUpgrade.Catalogue;
using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Restores;
using PluginUpgrade.Running;
using PluginUpgrade.Saves;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>
/// What was read before any decision: modules, targets, and the version and journal of each. Plans are made from it alone.
/// </summary>
public sealed record InstallationState
{
    public required HostSettings Settings { get; init; }

    public required ConnectionSettings Connection { get; init; }

    /// <summary>For all work on servers, with the connections that are open already.</summary>
    public required ServerLimits Limits { get; init; }

    public required ModuleCatalogue Catalogue { get; init; }

    public required ProgramFiles Files { get; init; }

    /// <summary>The installation first, then the requested instances, sorted by name.</summary>
    public IReadOnlyList<TargetState> Targets { get; init; } = [];

    public TargetState Installation => Targets[0];

    public IEnumerable<TargetState> Instances => Targets.Skip(1);

    /// <summary>The names of all active instances, requested or not.</summary>
    public IReadOnlyList<string> InstanceNames { get; init; } = [];

    /// <summary>Active instances that would have been upgraded but are excluded by name.</summary>
    public IReadOnlyList<Target> Excluded { get; init; } = [];

    /// <summary>Which instances go first, from the settings; null: all together.</summary>
    public Waves? Waves { get; init; }

    /// <summary>The installation and every instance: configured or discovered, active or not, requested or not.</summary>
    public IReadOnlyList<Target> All { get; init; } = [];

    /// <summary>What is wrong with the request, with the list of instances, and with the requested names.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>Whether the request itself is wrong: that is reported with all other problems, and nothing is planned.</summary>
    public bool IsWrongRequest { get; init; }

    /// <summary>Whether the embedded server does not exist yet: then its targets are reported as empty, and cannot be reached.</summary>
    public bool IsUnmade { get; init; }

    public Problem NotMadeYet(string what) => SettingsProblem.NotMadeYet(EmbeddedServer.DirectoryBelow(Settings.Root), what);

    /// <summary>All servers that are read and worked on, as people name them, each once.</summary>
    public IReadOnlyList<string> Servers =>
    [
        .. Targets.Select(one => one.Target).Where(target => target.Active || target.Scope == Scope.Installation)
            .Select(target => !target.Embedded ? target.Server
                : $"embedded, {EmbeddedServer.DirectoryBelow(Settings.Root)}{(IsUnmade ? " (not created yet)" : "")}")
            .Distinct(StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>What an upgrade to the goal would do, or everything that prevents it.</summary>
    public (Plan Plan, IReadOnlyList<Problem> Problems) Plan(Goal goal, bool skipUnreachable)
    {
        List<Problem> problems = [.. Problems, .. Preflight.Find(Targets, skipUnreachable), .. CatalogueProblems(goal)];
        if (IsWrongRequest) return (Planning.Plan.Empty, problems);
        // If the installation cannot be read, the instances are still planned, so that all problems are reported at once.
        var usable = Preflight.IsUsable(Installation);
        var (plan, refusals) = Planner.Plan(
            [.. Catalogue.Modules.DistinctBy(module => (module.Component, module.Version))], Progress(Installation), PlannableInstances(),
            usable ? WithWhatIsLeftOut(goal with { KnownBesides = Unusable() }) : goal with
            {
                OnlyInstances = true,
                SkipInstallation = true,
                KnownBesides = Unusable(),
            }, Settings.Installation.Modules, Files.Reading, Catalogue.Histories);
        var someAreBroken = Catalogue.Problems.Any(found => found.Problem.Severity == Severity.Error);
        problems.AddRange(refusals.Select(refusal => refusal.Code == "KU-4011" && someAreBroken
            ? PlanProblem.NoModules(refusal.Subject, someAreBroken) : refusal));
        (plan, var inTheWay) = Files.Compare(plan);
        problems.AddRange(inTheWay);
        if (usable && !goal.OnlyInstances && !plan.Actions.OfType<InstallFiles>().Any())
            problems.AddRange(Files.Disagreement(Progress(Installation)));
        return problems.HaveErrors() ? (Planning.Plan.Empty, problems) : (plan, problems);
    }

    /// <summary>Versions whose module has a problem: that problem is reported, and not that the version is unknown.</summary>
    private IReadOnlyList<UpgradeVersion> Unusable() =>
        [.. Catalogue.Problems.Where(found => found.Component.Length == 0).Select(found => found.Version).OfType<UpgradeVersion>()];

    /// <summary>
    /// An installation step waits for every instance, except those that the user leaves out; these are recorded with the step.
    /// </summary>
    private Goal WithWhatIsLeftOut(Goal goal)
    {
        var unreachable = Instances.Where(one => one.Target.Active && one.Unreachable is not null).Select(one => $"{one.Target}");
        string[] without = [Left("--exclude", Excluded.Select(target => $"{target}")), Left("--skip-unreachable", unreachable)];
        return goal with { Without = string.Join("; ", without.Where(text => text.Length > 0)) };

        static string Left(string option, IEnumerable<string> names) =>
            names.ToList() is { Count: > 0 } some ? $"{option}: without {Problem.Join(some)}" : "";
    }

    /// <summary>A module beyond the goal is not loaded, so its problems are only warnings.</summary>
    private IEnumerable<Problem> CatalogueProblems(Goal goal)
    {
        var newest = Catalogue.Modules
            .Where(module => module.Component.Length == 0)
            .Select(module => module.Version)
            .DefaultIfEmpty()
            .Max();
        var to = goal.To ?? newest;
        return Catalogue.Problems
            .Select(found => found.Component.Length == 0 && found.Version > to
                ? found.Problem with { Severity = Severity.Warning }
                : found.Problem)
            .Distinct();
    }

    /// <summary>For plans of other kinds: the problems of targets, and of the list of targets.</summary>
    public IReadOnlyList<Problem> TargetProblems(bool skipUnreachable) => [.. Problems, .. Preflight.Find(Targets, skipUnreachable)];

    /// <summary>One problem for each target on which another session works.</summary>
    public IReadOnlyList<Problem> Held() => Problem.Together(Targets
        .Where(one => one.Target.Active && one.Holder is not null)
        .Select(one => LockCheck.Locked(one.Target, one.Holder!)));

    /// <summary>The number of failed targets after which a run of the plan begins nothing new; null: no limit.</summary>
    public int? BudgetOf(Plan plan, CountOrPercent? asked) =>
        (asked ?? Settings.Run.StopAfterFailures)?.Spent(plan.Lanes.Select(lane => lane.Target).Distinct().Count());

    /// <summary>The active instances that can be planned for.</summary>
    public IReadOnlyList<TargetProgress> PlannableInstances() =>
        [.. Instances.Where(one => one.Target.Active && Preflight.IsUsable(one)).Select(Progress)];

    /// <summary>The requested active targets whose databases answer.</summary>
    public IReadOnlyList<Target> Reachable() =>
    [
        .. Targets.Where(one => one.Target.Active && !one.DatabaseMissing && Preflight.IsUsable(one)).Select(one => one.Target),
    ];

    /// <summary>Identifies the database of a target, whatever names lead to it.</summary>
    public string DatabaseOf(Target target)
    {
        _databases ??= Targets.Where(one => one.Identity.Length > 0).GroupBy(one => Place(one.Target)).ToDictionary(
            group => group.Key, group => group.First().Identity[..group.First().Identity.LastIndexOf('/')]);
        return _databases.GetValueOrDefault(Place(target), $"{target.Server}/{target.DatabaseName}");
    }

    /// <summary>The server in a result of <see cref="DatabaseOf"/>.</summary>
    public static string ServerOf(string database) => database[..database.LastIndexOf('/')];

    /// <summary>The schemas of all targets, by database.</summary>
    public ILookup<string, string> Configured() => All.ToLookup(DatabaseOf, target => target.Schema);

    /// <summary>What databases hold beside the journals, by database.</summary>
    public IReadOnlyDictionary<string, DatabaseContents> Contents() =>
        Targets.Where(one => one.Contents is not null).DistinctBy(one => DatabaseOf(one.Target))
            .ToDictionary(one => DatabaseOf(one.Target), one => one.Contents!);

    private Dictionary<(string, string), string>? _databases;

    private static (string, string) Place(Target target) => (target.Server, target.DatabaseName);

    public static TargetProgress Progress(TargetState target) => new(target.Target, target.Rows, target.IsEmpty);

    /// <summary>What all archives of a save share.</summary>
    public SaveContext ForSave(RunIdentity run) =>
        SaveContext.Of(Settings, Connection, Catalogue.Modules, run.Id, run.Time) with { Promise = SavedPromise.FindAsync };

    /// <summary>What all steps of a run share.</summary>
    public RunContext ForRun(RunIdentity run) => new()
    {
        RunId = run.Id,
        Root = Settings.Root,
        Connection = Connection,
        SearchPath = Settings.Run.SearchPath,
        StepTimeout = Settings.Run.StepTimeout,
        StepTimeouts = Settings.Run.StepTimeouts,
        CatchUpWithin = Settings.Run.CatchUpWithin,
        Instances = InstanceNames,
        ModuleSettings = Settings.Modules,
        Kept = Files.Kept,
        Time = run.Time,
    };
}
