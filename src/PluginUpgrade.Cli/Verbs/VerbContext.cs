using System.CommandLine;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Databases;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres;
using PluginUpgrade.Settings;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>What every verb begins with: the command line, the settings, where to write, and the user's wish to stop.</summary>
public sealed class VerbContext(ParseResult parsed, SharedOptions shared, Output output, StopSignals signals) : IAsyncDisposable
{
    private (HostSettings Settings, IReadOnlyList<Problem> Problems)? _read;

    private InstallationReader? _reader;
    private readonly List<LoadedModules> _loaded = [];
    private bool _mayMake;
    private bool _warned;

    public Output Output => output;

    /// <summary>What is left behind at the end: an embedded server that could not be stopped.</summary>
    public IEnumerable<Problem> LeftRunning => Optional(_reader?.LeftRunning);

    public StopSignals Signals => signals;

    /// <summary>Whether something may have been changed; until then whatever happens is a refusal.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>From here on something is changed.</summary>
    public void Begin() => HasBegun = true;

    /// <summary>For psql: it writes to standard output itself, and Ctrl-C is for it.</summary>
    public void LeaveTerminalToChild()
    {
        signals.LeaveTerminalToChild();
        StandardStreams.GiveBack();
    }

    public Guid RunId { get; } = Guid.CreateVersion7();

    public T? Value<T>(Option<T> option) => parsed.GetResult(option) is null ? default : parsed.GetValue(option);

    public T? Value<T>(Argument<T> argument) => parsed.GetResult(argument) is null ? default : parsed.GetValue(argument);

    /// <summary>The names of those that the user has written.</summary>
    public IEnumerable<string> Given(IEnumerable<Option> options) =>
        options.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    public HostSettings Settings => Read().Settings;

    /// <summary>What is wrong with the command line, beyond its grammar. Told together with all that is found elsewhere.</summary>
    public List<Problem> Problems { get; } = [];

    /// <summary>What is wrong with the settings.</summary>
    public IReadOnlyList<Problem> SettingsProblems => Read().Problems;

    private (HostSettings Settings, IReadOnlyList<Problem> Problems) Read()
    {
        if (_read is { } known) return known;
        var read = shared.ReadSettings(parsed);
        output.Secrets.AddFrom(read.Settings.Installation.Database);
        foreach (var own in read.Settings.Instances.Select(instance => instance.Database).OfType<string>()) output.Secrets.AddFrom(own);
        _read = read;
        return read;
    }

    /// <summary>The version that an option or argument names; a problem where it names none.</summary>
    public UpgradeVersion? Version(string name, string? text)
    {
        if (text is null) return null;
        if (UpgradeVersion.TryParse(text, out var version)) return version;
        Problems.Add(new Problem("KU-1102", $"{name} {text}",
            "This is not a version.", "Write whole numbers with dots between them, such as 1.004 or V1_004."));
        return null;
    }

    /// <summary>Where every target stands. Settings with mistakes are not acted on: then all that is known to be wrong is told.</summary>
    /// <param name="done">Whether nothing is left to do, as far as the journals tell: then nothing else is read.</param>
    /// <param name="contents">What is read too, for <see cref="CheckAsync"/>.</param>
    /// <param name="changes">Whether the verb may make the embedded server: one that only reads never does.</param>
    /// <exception cref="UpgradeException">The settings, or the drop folder together with them, are wrong.</exception>
    public async Task<InstallationState> ReadStateAsync(
        InstanceFilter choice, bool installationOnly = false, Func<InstallationState, bool>? done = null, ContentsQuestion? contents = null,
        bool changes = false)
    {
        var settings = Settings;
        var none = _mayMake ? null : EmbeddedChoice.Problem(settings, SettingsProblems);
        if (SettingsProblems.Any(problem => problem.Severity == Severity.Error))
            throw new UpgradeException([.. SettingsProblems, .. Optional(none), .. Problems, .. ProblemsOfModules(settings)]);
        if (none is not null && !(changes && Question.MayAsk && Question.Confirmed(output, EmbeddedChoice.Question(settings))))
            throw new UpgradeException([none, .. Problems, .. ProblemsOfModules(settings)]);
        _mayMake = true;
        if (!_warned) output.Warn(SettingsProblems);
        _warned = true;
        _reader ??= new InstallationReader(settings, Connection(settings));
        var state = await _reader.ReadAsync(new InstallationQuestion(choice, Problems)
        {
            InstallationOnly = installationOnly,
            IsDone = done,
            Contents = contents,
            MayMakeServer = changes,
        }, signals.Abort);
        output.Servers = state.Servers;
        foreach (var database in state.Facts.Select(facts => facts.Target.Database).Distinct()) output.Secrets.AddFrom(database);
        return state;
    }

    /// <summary>
    /// As <see cref="ReadStateAsync"/>, once no other host holds a target, or patience is over: a killed one's sessions take a moment
    /// to end.
    /// </summary>
    public async Task<InstallationState> ReadFreeStateAsync(
        InstanceFilter choice, bool installationOnly, Func<InstallationState, bool>? done = null, ContentsQuestion? contents = null,
        bool changes = false)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var state = await ReadStateAsync(choice, installationOnly, done, contents, changes);
            if (state.IsUnmade) throw new UpgradeException([.. Problems, state.NotMadeYet("this command")]);
            if (!Held(state).Any() || TimeProvider.System.GetElapsedTime(start) >= state.Settings.Run.LockTimeout) return state;
            await Task.Delay(200, signals.Stop);
        }
    }

    /// <summary>All that is checked once a plan is made and before anything changes; what is wrong is reported together.</summary>
    /// <param name="problems">What was found by planning.</param>
    /// <param name="held">Targets of the plan that others work on.</param>
    /// <param name="everything">Targets with nothing to do too.</param>
    /// <param name="whole">All instances were asked for.</param>
    /// <returns>With all problems, which are warnings.</returns>
    /// <exception cref="UpgradeException">Something refuses it.</exception>
    public async Task<PlanFindings> CheckAsync(
        InstallationState state, Plan plan, IReadOnlyList<Problem> problems, IReadOnlyList<Problem> held, bool everything, bool whole)
    {
        var found = await new PlanCheck(state, RunId, TimeProvider.System).FindAsync(plan, problems, everything, whole, signals.Abort);
        _loaded.Add(found.Modules);
        List<Problem> all = [.. problems, .. held, .. found.Problems];
        if (all.Any(problem => problem.Severity == Severity.Error)) throw new UpgradeException(all);
        return found with { Problems = all };
    }

    /// <summary>Targets that another session works on.</summary>
    public static IReadOnlyList<Problem> Held(InstallationState state) => Problem.Together(state.Facts
        .Where(facts => facts.Target.Active && facts.Holder is not null)
        .Select(facts => Checks.LockCheck.Locked(facts.Target, facts.Holder!)));

    private static IEnumerable<Problem> Optional(Problem? problem) => problem is null ? [] : [problem];

    private static IEnumerable<Problem> ProblemsOfModules(HostSettings settings) =>
        ModuleCatalogue.Scan(settings.Installation.Modules, settings.AllowInsecureModules).Problems
            .Select(found => found.Problem).Distinct();

    private ConnectionSettings Connection(HostSettings settings) =>
        new(ConnectionSettings.NameOfThisHost(RunId), settings.Run.LockTimeout, settings.Run.ConnectTimeout)
        {
            KeepAlive = settings.Run.KeepAlive,
            Servers = new ServerWait(settings.Run.ReconnectWithin, TimeProvider.System),
        };

    /// <summary>Stops the embedded server, where it was used, and removes what modules were loaded from.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_reader is not null) await _reader.DisposeAsync();
        foreach (var modules in _loaded) modules.Dispose();
    }
}
