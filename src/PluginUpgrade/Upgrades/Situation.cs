using PluginUpgrade.Catalogue;
using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Instances;
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
/// Everything that is read before anything is decided: modules, targets, and where each stands. Changes nothing. Holds the embedded
/// server, where that is used, until it is disposed.
/// </summary>
public sealed class Situation : IAsyncDisposable
{
    private const int Few = 8;

    private const string Unmade = "/not-made-yet";

    private EmbeddedServer? _server;
    private bool _requestIsWrong;

    private Situation(HostSettings settings, ConnectionSettings connection, ModuleCatalogue catalogue) =>
        (Settings, Connection, Catalogue, Files) = (settings, connection, catalogue, new ProgramFiles(settings));

    public HostSettings Settings { get; }

    public ConnectionSettings Connection { get; }

    public ModuleCatalogue Catalogue { get; }

    public ProgramFiles Files { get; }

    /// <summary>After the end: why the embedded server still runs.</summary>
    public Problem? LeftRunning { get; private set; }

    /// <summary>The installation first, then the instances that were asked for, in the order of their names.</summary>
    public IReadOnlyList<TargetFacts> Facts { get; private set; } = [];

    public TargetFacts Installation => Facts[0];

    public IEnumerable<TargetFacts> Instances => Facts.Skip(1);

    /// <summary>Names of all active instances, also of those that were not asked for.</summary>
    public IReadOnlyList<string> InstanceNames { get; private set; } = [];

    /// <summary>Active instances that would have been upgraded, and are excluded by name.</summary>
    public IReadOnlyList<Target> Excluded { get; private set; } = [];

    /// <summary>Which instances go first, as the settings say; null: all together.</summary>
    public Waves? Waves { get; private set; }

    /// <summary>The installation and every instance, configured and discovered, inactive ones and those not asked for too.</summary>
    private IReadOnlyList<Target> _all = [];

    /// <summary>What is wrong with the request, with the list of instances, and with the names asked for.</summary>
    public IReadOnlyList<Problem> Problems { get; private set; } = [];

    /// <param name="wrong">What is known to be wrong with the request already: told with the rest, and nothing is planned.</param>
    /// <param name="done">
    /// Whether nothing is left to do, as far as the journals alone tell: then nothing else is read. Null: everything is.
    /// </param>
    /// <param name="contents">What is read too of what else lies in the databases, for <see cref="PlanCheck"/>.</param>
    /// <param name="mayMakeServer">Whether the embedded server is made where it is missing.</param>
    /// <exception cref="UpgradeException">The embedded server cannot be started.</exception>
    public static async Task<Situation> ReadAsync(
        HostSettings settings, ConnectionSettings connection, Choice choice, bool installationOnly, IReadOnlyList<Problem> wrong,
        Func<Situation, bool>? done, ContentsQuestion? contents, bool mayMakeServer, CancellationToken cancellationToken)
    {
        var catalogue = ModuleCatalogue.Scan(settings.Installation.Modules, settings.AllowInsecureModules);
        var situation = new Situation(settings, connection, catalogue);
        try
        {
            situation._requestIsWrong = wrong.Count > 0;
            situation.IsUnmade = settings.Installation.Database is null && !mayMakeServer && !EmbeddedChoice.IsThere(settings);
            await situation.ReadTargetsAsync(choice, installationOnly, wrong, done, contents, cancellationToken);
            return situation;
        }
        catch
        {
            await situation.DisposeAsync();
            throw;
        }
    }

    private async Task ReadTargetsAsync(
        Choice choice, bool installationOnly, IReadOnlyList<Problem> wrong, Func<Situation, bool>? done, ContentsQuestion? contents,
        CancellationToken cancellationToken)
    {
        var installation = Targets.InstallationOf(Settings, await DatabaseAsync(cancellationToken));
        var reader = new FactsReader(Connection, Settings.Run.Parallel, Settings.Run.PerServer);
        var journal = done is null || IsUnmade ? null : (await reader.ReadJournalsAsync([installation], cancellationToken))?[0];
        List<Problem> problems = [.. wrong];
        IReadOnlyList<InstanceSettings> discovered = [];
        if (!installationOnly && !IsUnmade && Settings.DiscoverQuery is { } query)
        {
            var own = journal ?? (await reader.ReadAsync([installation], null, cancellationToken))[0];
            if (own is { Unreachable: null, DatabaseMissing: false })
            {
                var found = await Discovery.ReadAsync(
                    installation, query, Settings.DiscoverServers, Connection, cancellationToken);
                (discovered, _) = found;
                problems.AddRange(found.Problems);
            }
        }
        var (targets, bad) = Targets.Of(Settings, installation, discovered);
        problems.AddRange(bad);
        var asked = !installationOnly && !(IsUnmade && Settings.DiscoverQuery is not null);
        var none = asked && targets.Instances.Count == 0 && problems.Count == wrong.Count;
        var active = targets.Instances.Where(instance => instance.Active).ToList();
        InstanceNames = [.. active.Select(instance => instance.Name)];
        (Waves, var empty) = installationOnly ? (null, []) : Waves.Of(Settings.Run.Waves, Settings.Run.Gates, active);
        problems.AddRange(empty);

        var selection = installationOnly ? new Selection([], [], []) : Selection.Of(targets.Instances, choice);
        problems.AddRange(selection.Problems);
        (Excluded, Problems, _all) = (selection.Excluded, problems, [.. targets.All]);
        var chosen = selection.Chosen.Where(target => target.Active).ToList();
        if (journal is not null && !none && await IsDoneAsync(reader, journal, chosen, done!, cancellationToken)) return;
        contents = contents is null ? null : contents with { Schemas = _all.ToLookup(target => target.Database, target => target.Schema) };
        var facts = await FactsAsync(reader, [installation, .. selection.Chosen], contents, cancellationToken);
        if (none && facts[0].Unreachable is null) problems.Add(InstanceProblem.None());
        Facts = SaveCheck.WithOwnDatabases([.. facts.Select(ToBeMade)]);
        if (choice.OnlyFailed) Facts = [Facts[0], .. Instances.Where(instance => HasFailed(instance, Catalogue.Modules))];
    }

    /// <summary>A new version is pending nearly everywhere: then the first few journals tell, and the others are not read twice.</summary>
    private async Task<bool> IsDoneAsync(
        FactsReader reader, TargetFacts own, IReadOnlyList<Target> active, Func<Situation, bool> done, CancellationToken cancellationToken)
    {
        Facts = [own];
        foreach (var part in (IEnumerable<Target>[])[active.Take(Few), active.Skip(Few)])
        {
            if (await reader.ReadJournalsAsync([.. part], cancellationToken) is not { } journals) return false;
            Facts = [.. Facts, .. journals];
            if (!done(this)) return false;
        }
        return true;
    }

    private static bool HasFailed(TargetFacts facts, IReadOnlyList<UpgradeModule> modules) =>
        facts.Target.Active && VersionLine.Of(modules).Any(line =>
            Progress(facts).In(line) is { Torn: not null } or { Failed: not null });

    private static TargetFacts ToBeMade(TargetFacts facts) => facts is { Target.Embedded: true, SchemaMissing: true }
        ? facts with { IsEmpty = true, Target = facts.Target with { ToBeMade = true } }
        : facts;

    /// <summary>A server that is not made yet is as empty as a new one.</summary>
    private async Task<IReadOnlyList<TargetFacts>> FactsAsync(
        FactsReader reader, IReadOnlyList<Target> targets, ContentsQuestion? contents, CancellationToken cancellationToken)
    {
        if (!IsUnmade) return await reader.ReadAsync(targets, contents, cancellationToken);
        var elsewhere = (await reader.ReadAsync([.. targets.Where(target => !target.Embedded)], contents, cancellationToken))
            .ToDictionary(facts => facts.Target, ReferenceEqualityComparer.Instance as IEqualityComparer<Target>);
        return
        [
            .. targets.Select(target => elsewhere.GetValueOrDefault(target)
                ?? new TargetFacts { Target = target, DatabaseMissing = true, SchemaMissing = true, IsEmpty = true }),
        ];
    }

    /// <summary>Whether the embedded server is yet to be made: then its targets are told as empty, and none can be reached.</summary>
    public bool IsUnmade { get; private set; }

    public Problem NotMadeYet(string what) => SettingsProblem.NotMadeYet(EmbeddedServer.DirectoryBelow(Settings.Root), what);

    /// <summary>As people name them, each once: what everything that is read and done speaks to.</summary>
    public IReadOnlyList<string> Servers =>
    [
        .. Facts.Select(facts => facts.Target).Where(target => target.Active || target.Scope == Scope.Installation)
            .Select(target => !target.Embedded ? target.Server
                : $"embedded, {EmbeddedServer.DirectoryBelow(Settings.Root)}{(IsUnmade ? " (not made yet)" : "")}")
            .Distinct(StringComparer.OrdinalIgnoreCase),
    ];

    private async Task<string> DatabaseAsync(CancellationToken cancellationToken)
    {
        if (Settings.Installation.Database is { } configured) return configured;
        if (IsUnmade) return $"Host={Unmade};Database=krang;Username={EmbeddedServer.Superuser}";
        _server = await EmbeddedServer.StartAsync(EmbeddedServer.DirectoryBelow(Settings.Root),
            new EmbeddedServerOptions { Programs = Settings.PostgresBin }, cancellationToken);
        return _server.ConnectionString;
    }

    /// <summary>What an upgrade to the goal would do, or all that speaks against it.</summary>
    public (Plan Plan, IReadOnlyList<Problem> Problems) Plan(Goal goal, bool skipUnreachable)
    {
        List<Problem> problems = [.. Problems, .. Preflight.Find(Facts, skipUnreachable), .. CatalogueProblems(goal)];
        if (_requestIsWrong) return (Planning.Plan.Empty, problems);
        // Where nothing can be said of the installation, the instances are still looked at, so that all problems are told at once.
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
        return problems.Any(problem => problem.Severity == Severity.Error) ? (Planning.Plan.Empty, problems) : (plan, problems);
    }

    /// <summary>Versions of which there is a module that something is wrong with: that is told, and not that it is unknown.</summary>
    private IReadOnlyList<UpgradeVersion> Unusable() =>
        [.. Catalogue.Problems.Where(found => found.Component.Length == 0).Select(found => found.Version).OfType<UpgradeVersion>()];

    /// <summary>An installation step waits for every instance, except those that the user leaves out: recorded with the step.</summary>
    private Goal WithWhatIsLeftOut(Goal goal)
    {
        var unreachable = Instances.Where(facts => facts.Target.Active && facts.Unreachable is not null).Select(facts => $"{facts.Target}");
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
    public IReadOnlyList<Problem> TargetProblems(bool skipUnreachable) => [.. Problems, .. Preflight.Find(Facts, skipUnreachable)];

    /// <summary>The active instances that can be planned for.</summary>
    public IReadOnlyList<TargetProgress> PlannableInstances() =>
        [.. Instances.Where(fact => fact.Target.Active && Preflight.IsUsable(fact)).Select(Progress)];

    /// <summary>Active targets that were asked for and whose databases answer.</summary>
    public IReadOnlyList<Target> Reachable() =>
    [
        .. Facts.Where(fact => fact.Target.Active && !fact.DatabaseMissing && Preflight.IsUsable(fact)).Select(fact => fact.Target),
    ];

    /// <summary>Which database the target is in, whatever names lead to it.</summary>
    public string DatabaseOf(Target target)
    {
        _databases ??= Facts.Where(fact => fact.Identity.Length > 0).GroupBy(fact => Place(fact.Target)).ToDictionary(
            group => group.Key, group => group.First().Identity[..group.First().Identity.LastIndexOf('/')]);
        return _databases.GetValueOrDefault(Place(target), $"{target.Server}/{target.DatabaseName}");
    }

    /// <summary>The server of what <see cref="DatabaseOf"/> tells.</summary>
    public static string ServerOf(string database) => database[..database.LastIndexOf('/')];

    /// <summary>Schemas of all targets, by their database.</summary>
    public ILookup<string, string> Configured() => _all.ToLookup(DatabaseOf, target => target.Schema);

    /// <summary>What lies in databases besides the journals, by the database.</summary>
    public IReadOnlyDictionary<string, DatabaseContents> Contents() =>
        Facts.Where(facts => facts.Contents is not null).DistinctBy(facts => DatabaseOf(facts.Target))
            .ToDictionary(facts => DatabaseOf(facts.Target), facts => facts.Contents!);

    private Dictionary<(string, string), string>? _databases;

    private static (string, string) Place(Target target) => (target.Server, target.DatabaseName);

    public static TargetProgress Progress(TargetFacts facts) => new(facts.Target, facts.Rows, facts.IsEmpty);

    /// <summary>What all archives of a save share.</summary>
    public SaveSetting ForSave(Guid runId, TimeProvider time) =>
        SaveSetting.Of(Settings, Connection, Catalogue.Modules, runId, time) with { Promise = SavedPromise.FindAsync };

    /// <summary>What all steps of a run share.</summary>
    public RunSetting ForRun(Guid runId, TimeProvider time) => new()
    {
        RunId = runId,
        Root = Settings.Root,
        Connection = Connection,
        SearchPath = Settings.Run.SearchPath,
        StepTimeout = Settings.Run.StepTimeout,
        StepTimeouts = Settings.Run.StepTimeouts,
        Instances = InstanceNames,
        ModuleSettings = Settings.Modules,
        Kept = Files.Kept,
        Time = time,
    };

    public async ValueTask DisposeAsync()
    {
        if (_server is null) return;
        await _server.DisposeAsync();
        LeftRunning = _server.LeftRunning is { } problem ? problem with { Severity = Severity.Warning } : null;
        _server = null;
    }
}
