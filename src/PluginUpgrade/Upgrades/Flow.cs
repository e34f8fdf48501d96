using System.Diagnostics;
using System.Threading.Channels;
using PluginUpgrade.Loading;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <summary>Who sees what happens before a run: a person at a terminal, a log, or nobody.</summary>
public interface IAudience
{
    /// <summary>Whether a question can be answered.</summary>
    bool MayAsk { get; }

    /// <summary>Whether the answers were given in advance (<c>--yes</c>).</summary>
    bool HasAgreed { get; }

    void OnRead(InstallationState state);

    void OnWarnings(IEnumerable<Problem> problems);

    /// <summary>Called before the first change.</summary>
    void OnBegin();

    /// <param name="isGrave">Whether only the typed word YES counts as yes.</param>
    /// <returns>Whether the answer is yes.</returns>
    Task<bool> ConfirmsAsync(string question, bool isGrave);
}

/// <summary>Shows the stages of one use case. It implements only those that the use case has.</summary>
public interface IScreen<TPlan>
{
    /// <returns>The exit code, as for all methods here.</returns>
    int ShowNothingToDo(Prepared<TPlan> prepared) => throw new UnreachableException();

    int ShowPlan(Prepared<TPlan> prepared) => throw new UnreachableException();

    /// <summary>Called right before the question.</summary>
    void ShowSummary(Prepared<TPlan> prepared)
    {
    }

    /// <param name="run">Performs the plan, and writes events.</param>
    Task<int> ReportAsync(Prepared<TPlan> prepared, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run);
}

/// <summary>
/// Read, plan, check, ask, run, report: the sequence of every command that changes something. Reading commands use its first parts.
/// </summary>
/// <param name="mistakes">Problems of the settings.</param>
/// <param name="stop">Requested when the user wants nothing new to begin.</param>
/// <param name="abort">Requested when the user wants running work to be cancelled.</param>
public sealed class Flow(
    HostSettings settings, IReadOnlyList<Problem> mistakes, RunIdentity run, IAudience audience, CancellationToken stop,
    CancellationToken abort) : IAsyncDisposable
{
    private InstallationReader? _reader;
    private bool _isServerKnown;
    private bool _hasWarned;

    /// <summary>After disposal: an embedded server that could not be stopped.</summary>
    public Problem? LeftRunning => _reader?.LeftRunning;

    /// <exception cref="UpgradeException">Refused: nothing was changed.</exception>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync<TPlan>(UseCase<TPlan> useCase, IScreen<TPlan> screen)
    {
        using var prepared = await PrepareAsync(useCase);
        audience.OnWarnings(Problem.Together(prepared.Problems));
        if (prepared.IsEmpty)
        {
            if (!useCase.RecoversFirst) await RecoverAsync(useCase, prepared.State);
            return screen.ShowNothingToDo(prepared);
        }
        if (useCase is { IsDryRun: true, RollsBack: false }) return screen.ShowPlan(prepared);
        if (!useCase.IsDryRun) await AskAsync(prepared, screen);
        audience.OnBegin();
        return await screen.ReportAsync(prepared, events => useCase.RunAsync(prepared, run, events, stop, abort));
    }

    private async Task AskAsync<TPlan>(Prepared<TPlan> prepared, IScreen<TPlan> screen)
    {
        if (prepared.Confirmation is not { } confirmation) return;
        if (!audience.HasAgreed && !audience.MayAsk && confirmation.Unasked == Unasked.GoOn) return;
        screen.ShowSummary(prepared);
        if (audience.HasAgreed) return;
        // An answer may take hours.
        prepared.State.Connection.Servers.MakeRoom();
        var mayAsk = audience.MayAsk || confirmation.Unasked == Unasked.ReadAnyway;
        if (!mayAsk || !await audience.ConfirmsAsync(confirmation.Question, confirmation.IsGrave))
            throw new UpgradeException(confirmation.Refusal);
    }

    private Task RecoverAsync<TPlan>(UseCase<TPlan> useCase, InstallationState state)
    {
        if (useCase.IsDryRun || state.IsWrongRequest) return Task.CompletedTask;
        audience.OnBegin();
        return useCase.RecoverAsync(state, run, abort);
    }

    /// <summary>Reads, plans and checks.</summary>
    /// <exception cref="UpgradeException">Refused, with everything that prevents the command.</exception>
    public async Task<Prepared<TPlan>> PrepareAsync<TPlan>(UseCase<TPlan> useCase)
    {
        await CheckBeforeServerIsMadeAsync(useCase);
        var state = useCase.WaitsForLocks ? await ReadFreeAsync(useCase.Question) : await ReadAsync(useCase.Question);
        if (useCase.RecoversFirst) await RecoverAsync(useCase, state);
        var prepared = await useCase.PrepareAsync(state, run, stop);
        if (!prepared.IsRefused) return prepared;
        prepared.Dispose();
        // A problem that all targets share is reported once.
        throw new UpgradeException(Problem.Together(prepared.Problems));
    }

    /// <summary>If the modules or the request refuse the command, no embedded server is created first.</summary>
    /// <exception cref="UpgradeException">Refused.</exception>
    private async Task CheckBeforeServerIsMadeAsync<TPlan>(UseCase<TPlan> useCase)
    {
        var question = useCase.Question;
        // Discovered instances are unknown until the server exists.
        if (mistakes.HaveErrors() || !question.MayMakeServer || settings.DiscoverQuery is not null
            || !EmbeddedChoice.IsToBeMade(settings, mistakes)) return;
        _reader ??= new InstallationReader(settings, Connection());
        var state = await _reader.ReadAsync(question with { MayMakeServer = false }, abort);
        using var prepared = await useCase.PrepareAsync(state, run, stop);
        if (!prepared.IsRefused) return;
        audience.OnRead(state);
        throw new UpgradeException(Problem.Together(prepared.Problems));
    }

    /// <summary>
    /// Reads the version of every target. If the settings have mistakes, nothing is read, and all known problems are reported.
    /// </summary>
    /// <exception cref="UpgradeException">The settings, or the drop folder together with them, are wrong.</exception>
    public async Task<InstallationState> ReadAsync(InstallationQuestion question)
    {
        var none = _isServerKnown ? null : EmbeddedChoice.Problem(settings, mistakes);
        if (mistakes.HaveErrors())
            throw new UpgradeException([.. mistakes, .. Problem.Optional(none), .. question.WrongRequest, .. ProblemsOfModules()]);
        var mayAsk = question.MayMakeServer && audience.MayAsk;
        if (none is not null && !(mayAsk && await audience.ConfirmsAsync(EmbeddedChoice.Question(settings), isGrave: true)))
            throw new UpgradeException([none, .. question.WrongRequest, .. ProblemsOfModules()]);
        _isServerKnown = true;
        if (!_hasWarned) audience.OnWarnings(mistakes);
        _hasWarned = true;
        _reader ??= new InstallationReader(settings, Connection());
        var state = await _reader.ReadAsync(question, abort);
        audience.OnRead(state);
        return state;
    }

    /// <summary>
    /// Like <see cref="ReadAsync"/>, but waits until no other process holds a target, or the time is up: the sessions of a killed process
    /// take a moment to end.
    /// </summary>
    public async Task<InstallationState> ReadFreeAsync(InstallationQuestion question)
    {
        var poll = new Poll(settings.Run.LockTimeout, Pause.OfMilliseconds(200), run.Time);
        return await poll.UntilAsync(async () =>
        {
            var state = await ReadAsync(question);
            if (state.IsUnmade && !question.MayMakeServer)
                throw new UpgradeException([.. question.WrongRequest, state.NotMadeYet("this command")]);
            return state.Held().Any() && !poll.IsOver ? null : state;
        }, stop);
    }

    /// <summary>Without settings or root, the first command creates the drop folder too, so that its absence is not reported.</summary>
    private IEnumerable<Problem> ProblemsOfModules() =>
        ModulesAndDeclarations.Read(settings).Problems
            .Select(found => found.Problem).Distinct()
            .Where(problem => problem.Code != "KU-2001" || mistakes.All(mistake => mistake.Code is not ("KU-1001" or "KU-1009")));

    private ConnectionSettings Connection() =>
        new(ConnectionSettings.NameOfThisHost(run.Id), settings.Run.LockTimeout, settings.Run.ConnectTimeout)
        {
            KeepAlive = settings.Run.KeepAlive,
            ErrorDetail = settings.ErrorDetail,
            Servers = new ServerWait(settings.Run.ReconnectWithin, run.Time),
        };

    /// <summary>Stops the embedded server, if it was used.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_reader is not null) await _reader.DisposeAsync();
    }
}
