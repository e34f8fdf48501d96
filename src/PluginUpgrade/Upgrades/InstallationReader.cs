using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Instances;
using PluginUpgrade.Loading;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Embedded;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <summary>What must be read.</summary>
/// <param name="Instances">Which instances are meant.</param>
/// <param name="WrongRequest">Known mistakes of the request: they are reported with all other problems, and nothing is planned.</param>
public sealed record InstallationQuestion(InstanceFilter Instances, IReadOnlyList<Problem> WrongRequest)
{
    public bool InstallationOnly { get; init; }

    /// <summary>Whether the command has the option <c>--installation-only</c>.</summary>
    public bool OffersInstallationOnly { get; init; }

    /// <summary>Whether nothing is left to do, judged by the journals alone: then nothing else is read. Null: everything is read.</summary>
    public Func<InstallationState, bool>? IsDone { get; init; }

    /// <summary>What else is read from the databases, for <see cref="PlanCheck"/>.</summary>
    public ContentsQuestion? Contents { get; init; }

    /// <summary>Whether to read how large the kept schemas of side-by-side upgrades are.</summary>
    public bool SizesOfKept { get; init; }

    /// <summary>Whether a run follows at once, and reuses the connections that were opened for reading.</summary>
    public bool KeepsConnections { get; init; }

    /// <summary>Whether the embedded server is created if it is missing.</summary>
    public bool MayMakeServer { get; init; }
}

/// <summary>
/// Reads everything that is needed before a decision, and changes nothing. Starts the embedded server if it is used, and keeps it running
/// until disposal.
/// </summary>
public sealed class InstallationReader(HostSettings settings, ConnectionSettings connection) : IAsyncDisposable
{
    /// <summary>How many instances are read first, to find out whether anything is left to do.</summary>
    private const int Few = 8;

    private const string Unmade = "/not-made-yet";

    private readonly ServerLimits _limits = new(settings.Run.PerServer, connection.Servers);
    private TargetStateReader? _targets;
    private EmbeddedServer? _server;

    private TargetStateReader TargetStates => _targets ??= new(connection, settings.Run.Parallel, _limits);

    /// <summary>After disposal: why the embedded server still runs.</summary>
    public Problem? LeftRunning { get; private set; }

    /// <exception cref="UpgradeException">The embedded server cannot be started.</exception>
    public async Task<InstallationState> ReadAsync(InstallationQuestion question, CancellationToken cancellationToken)
    {
        var catalogue = ModulesAndDeclarations.Read(settings);
        var isUnmade = settings.Installation.Database is null && !MayMakeServer(question) && !EmbeddedChoice.IsThere(settings);
        var installation = Targets.InstallationOf(settings, await DatabaseAsync(isUnmade, cancellationToken));
        var journal = question.IsDone is null || isUnmade
            ? null : (await TargetStates.ReadJournalsAsync([installation], cancellationToken))?[0];
        List<Problem> problems = [.. question.WrongRequest];
        var mayDiscover = !question.InstallationOnly && !isUnmade;
        var discovered = mayDiscover ? await DiscoverAsync(installation, journal, problems, cancellationToken) : [];
        var (targets, bad) = Targets.Of(settings, installation, discovered);
        problems.AddRange(bad);
        var asked = !question.InstallationOnly && !(isUnmade && settings.DiscoverQuery is not null);
        var none = asked && targets.Instances.Count == 0 && problems.Count == question.WrongRequest.Count;
        var active = targets.Instances.Where(instance => instance.Active).ToList();
        var (waves, empty) = question.InstallationOnly ? (null, []) : Waves.Of(settings.Run.Waves, settings.Run.Gates, active);
        problems.AddRange(empty);
        var selection = question.InstallationOnly
            ? new InstanceSelection([], [], []) : InstanceSelection.Of(targets.Instances, question.Instances);
        problems.AddRange(selection.Problems);

        var state = new InstallationState
        {
            Settings = settings,
            Connection = connection,
            Limits = _limits,
            Catalogue = catalogue,
            Files = new ProgramFiles(settings),
            IsUnmade = isUnmade,
            IsWrongRequest = question.WrongRequest.Count > 0,
            InstanceNames = [.. active.Select(instance => instance.Name)],
            Waves = waves,
            Excluded = selection.Excluded,
            All = [.. targets.All],
            Problems = problems,
        };
        var chosen = selection.Chosen.Where(target => target.Active).ToList();
        if (journal is not null && !none && await JournalsAsync(state, journal, chosen, question.IsDone!, cancellationToken) is { } done)
            return done;
        var contents = question.Contents is null ? null
            : question.Contents with { Schemas = state.All.ToLookup(target => target.Database, target => target.Schema) };
        var states = await StatesAsync(
            isUnmade, [installation, .. selection.Chosen], contents, question, cancellationToken);
        if (none && states[0].Unreachable is null) problems.Add(InstanceProblem.None(question.OffersInstallationOnly));
        state = state with { Targets = SaveCheck.WithOwnDatabases([.. states.Select(ToBeMade)]) };
        return !question.Instances.OnlyFailed ? state
            : state with { Targets = [state.Targets[0], .. state.Instances.Where(instance => HasFailed(instance, catalogue.Modules))] };
    }

    /// <summary>False for a command that is refused whatever the server says.</summary>
    private bool MayMakeServer(InstallationQuestion question) => question is { MayMakeServer: true, WrongRequest: [] }
        && (question.InstallationOnly || settings.Instances.Count > 0 || settings.DiscoverQuery is not null);

    private async Task<IReadOnlyList<InstanceSettings>> DiscoverAsync(
        Target installation, TargetState? journal, List<Problem> problems, CancellationToken cancellationToken)
    {
        if (settings.DiscoverQuery is not { } query) return [];
        var own = journal ?? (await TargetStates.ReadAsync([installation], null, keep: false, cancellationToken))[0];
        if (own is not { Unreachable: null, DatabaseMissing: false }) return [];
        var (discovered, bad) = await Discovery.ReadAsync(
            installation, query, settings.DiscoverServers, connection, cancellationToken);
        problems.AddRange(bad);
        return discovered;
    }

    /// <summary>
    /// A new version is usually pending nearly everywhere: the first few journals show that, and the others are not read twice.
    /// </summary>
    /// <returns>The state with journals and nothing else; null if something is left to do, or the journals alone do not show it.</returns>
    private async Task<InstallationState?> JournalsAsync(
        InstallationState state, TargetState own, IReadOnlyList<Target> active, Func<InstallationState, bool> isDone,
        CancellationToken cancellationToken)
    {
        state = state with { Targets = [own] };
        foreach (var part in (IEnumerable<Target>[])[active.Take(Few), active.Skip(Few)])
        {
            if (await TargetStates.ReadJournalsAsync([.. part], cancellationToken) is not { } journals) return null;
            state = state with { Targets = [.. state.Targets, .. journals] };
            if (!isDone(state)) return null;
        }
        return state;
    }

    private static bool HasFailed(TargetState target, IReadOnlyList<UpgradeModule> modules) =>
        target.Target.Active && Component.Of(modules).Any(component =>
            InstallationState.Progress(target).In(component) is { Torn: not null } or { Failed: not null });

    private static TargetState ToBeMade(TargetState target) => target is { Target.Embedded: true, SchemaMissing: true }
        ? target with { IsEmpty = true, Target = target.Target with { ToBeMade = true } }
        : target;

    /// <summary>A server that does not exist yet is as empty as a new one.</summary>
    private async Task<IReadOnlyList<TargetState>> StatesAsync(
        bool isUnmade, IReadOnlyList<Target> targets, ContentsQuestion? contents, InstallationQuestion question,
        CancellationToken cancellationToken)
    {
        var (keep, sizes) = (question.KeepsConnections, question.SizesOfKept);
        if (!isUnmade) return await TargetStates.ReadAsync(targets, contents, keep, cancellationToken, sizes);
        var elsewhere = (await TargetStates.ReadAsync(
            [.. targets.Where(target => !target.Embedded)], contents, keep, cancellationToken, sizes))
            .ToDictionary(one => one.Target, ReferenceEqualityComparer.Instance as IEqualityComparer<Target>);
        return
        [
            .. targets.Select(target => elsewhere.GetValueOrDefault(target)
                ?? new TargetState { Target = target, DatabaseMissing = true, SchemaMissing = true, IsEmpty = true }),
        ];
    }

    private async Task<string> DatabaseAsync(bool isUnmade, CancellationToken cancellationToken)
    {
        if (settings.Installation.Database is { } configured) return configured;
        if (isUnmade) return $"Host={Unmade};Database=krang;Username={EmbeddedServer.Superuser}";
        _server ??= await EmbeddedServer.StartAsync(EmbeddedServer.DirectoryBelow(settings.Root),
            new EmbeddedServerOptions { Programs = settings.PostgresBin }, cancellationToken);
        return _server.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        _limits.Dispose();
        if (_server is null) return;
        await _server.DisposeAsync();
        LeftRunning = _server.LeftRunning is { } problem ? problem with { Severity = Severity.Warning } : null;
        _server = null;
    }
}
