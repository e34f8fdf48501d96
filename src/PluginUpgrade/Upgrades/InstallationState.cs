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
/// What was read before anything is decided: modules, targets, and the version and journal of each. Plans are made from it alone.
/// </summary>
public sealed record InstallationState
{
    public required HostSettings Settings { get; init; }

    public required ConnectionSettings Connection { get; init; }

    /// <summary>For all that is done on servers, with the connections that are there already.</summary>
    public required ServerLimits Limits { get; init; }

    public required ModuleCatalogue Catalogue { get; init; }

    public required ProgramFiles Files { get; init; }

    /// <summary>The installation first, then the instances that were asked for, in the order of their names.</summary>
    public IReadOnlyList<TargetState> Targets { get; init; } = [];

    public TargetState Installation => Targets[0];

    public IEnumerable<TargetState> Instances => Targets.Skip(1);

    /// <summary>Names of all active instances, also of those that were not asked for.</summary>
    public IReadOnlyList<string> InstanceNames { get; init; } = [];

    /// <summary>Active instances that would have been upgraded, and are excluded by name.</summary>
    public IReadOnlyList<Target> Excluded { get; init; } = [];

    /// <summary>Which instances go first, as the settings say; null: all together.</summary>
    public Waves? Waves { get; init; }

    /// <summary>The installation and every instance, configured and discovered, inactive ones and those not asked for too.</summary>
    public IReadOnlyList<Target> All { get; init; } = [];

    /// <summary>What is wrong with the request, with the list of instances, and with the names asked for.</summary>
    public IReadOnlyList<Problem> Problems { get; init; } = [];

    /// <summary>The request itself is wrong: that is reported with all else, and nothing is planned.</summary>
    public bool IsWrongRequest { get; init; }

    /// <summary>Whether the embedded server is yet to be made: then its targets are reported as empty, and none can be reached.</summary>
    public bool IsUnmade { get; init; }

    public Problem NotMadeYet(string what) => SettingsProblem.NotMadeYet(EmbeddedServer.DirectoryBelow(Settings.Root), what);

    /// <summary>As people name them, each once: what everything that is read and done speaks to.</summary>
    public IReadOnlyList<string> Servers =>
    [
        .. Targets.Select(one => one.Target).Where(target => target.Active || target.Scope == Scope.Installation)
            .Select(target => !target.Embedded ? target.Server
                : $"embedded, {EmbeddedServer.DirectoryBelow(Settings.Root)}{(IsUnmade ? " (not created yet)" : "")}")
            .Distinct(StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>What an upgrade to the goal would do, or all that speaks against it.</summary>
    public (Plan Plan, IReadOnlyList<Problem> Problems) Plan(Goal goal, bool skipUnreachable)
    {
        List<Problem> problems = [.. Problems, .. Preflight.Find(Targets, skipUnreachable), .. CatalogueProblems(goal)];
        if (IsWrongRequest) return (Planning.Plan.Empty, problems);
        // Where nothing can be said of the installation, the instances are still looked at, so that all problems are reported at once.
        var usable = Preflight.IsUsable(Installation);
        var (plan, refusals) = Planner.Plan(
            [.. Catalogue.Modules.DistinctBy(module => (module.Component, module.Version))], Progress(Installation), PlannableInstances(),
            usable ? WithWhatIsLeftOut(goal with { KnownBesides = Unusable() }) : goal with
            {
                OnlyInstances = true,
                SkipInstallation = true,
                KnownBesides = Unusable(),
            }, Settings.Installation.Modules,
            Files.Reading);
        problems.AddRange(refusals);
        (plan, var inTheWay) = Files.Compare(plan);
        problems.AddRange(inTheWay);
        if (usable && !goal.OnlyInstances && !plan.Actions.OfType<InstallFiles>().Any())
            problems.AddRange(Files.Disagreement(Progress(Installation)));
        return problems.HaveErrors() ? (Planning.Plan.Empty, problems) : (plan, problems);
    }

    /// <summary>Versions of which there is a module that something is wrong with: that is reported, and not that it is unknown.</summary>
    private IReadOnlyList<UpgradeVersion> Unusable() =>
        [.. Catalogue.Problems.Where(found => found.Component.Length == 0).Select(found => found.Version).OfType<UpgradeVersion>()];

    /// <summary>An installation step waits for every instance, except those that the user leaves out: recorded with the step.</summary>
    private Goal WithWhatIsLeftOut(Goal goal)
    {
        var unreachable = Instances.Where(one => one.Target.Active && one.Unreachable is not null).Select(one => $"{one.Target}");
        string[] without = [Left("--exclude", Excluded.Select(target => $"{target}")), Left("--skip-unreachable", unreachable)];
        return goal with { Without = string.Join("; ", without.Where(text => text.Length > 0)) };

        static string Left(string option, IEnumerable<string> names) =>
            names.ToList() is { Count: > 0 } some ? $"{option}: without {Problem.Join(some)}" : "";
    }

    /// <summary>A module beyond the goal is not loaded, and what is wrong with it stops nobody: a warning.</summary>
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

    /// <summary>For plans of another kind: what is wrong with targets, and with the list of them.</summary>
    public IReadOnlyList<Problem> TargetProblems(bool skipUnreachable) => [.. Problems, .. Preflight.Find(Targets, skipUnreachable)];

    /// <summary>Targets that another session works on.</summary>
    public IReadOnlyList<Problem> Held() => Problem.Together(Targets
        .Where(one => one.Target.Active && one.Holder is not null)
        .Select(one => LockCheck.Locked(one.Target, one.Holder!)));

    /// <summary>After how many failed targets a run of the plan begins nothing new; null: never.</summary>
    public int? BudgetOf(Plan plan, CountOrPercent? asked) =>
        (asked ?? Settings.Run.StopAfterFailures)?.Spent(plan.Lanes.Select(lane => lane.Target).Distinct().Count());

    /// <summary>The active instances that can be planned for.</summary>
    public IReadOnlyList<TargetProgress> PlannableInstances() =>
        [.. Instances.Where(one => one.Target.Active && Preflight.IsUsable(one)).Select(Progress)];

    /// <summary>Active targets that were asked for and whose databases answer.</summary>
    public IReadOnlyList<Target> Reachable() =>
    [
        .. Targets.Where(one => one.Target.Active && !one.DatabaseMissing && Preflight.IsUsable(one)).Select(one => one.Target),
    ];

    /// <summary>Which database the target is in, whatever names lead to it.</summary>
    public string DatabaseOf(Target target)
    {
        _databases ??= Targets.Where(one => one.Identity.Length > 0).GroupBy(one => Place(one.Target)).ToDictionary(
            group => group.Key, group => group.First().Identity[..group.First().Identity.LastIndexOf('/')]);
        return _databases.GetValueOrDefault(Place(target), $"{target.Server}/{target.DatabaseName}");
    }

    /// <summary>The server of what <see cref="DatabaseOf"/> tells.</summary>
    public static string ServerOf(string database) => database[..database.LastIndexOf('/')];

    /// <summary>Schemas of all targets, by their database.</summary>
    public ILookup<string, string> Configured() => All.ToLookup(DatabaseOf, target => target.Schema);

    /// <summary>What lies in databases besides the journals, by the database.</summary>
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
        Instances = InstanceNames,
        ModuleSettings = Settings.Modules,
        Kept = Files.Kept,
        Time = run.Time,
    };
}
