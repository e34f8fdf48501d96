using System.Diagnostics;
using System.Threading.Channels;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <summary>Who sees what happens before a run: a person at a terminal, a log, or nobody.</summary>
public interface IAudience
{
    /// <summary>Whether a question can be answered.</summary>
    bool MayAsk { get; }

    /// <summary>The answers are given already (<c>--yes</c>).</summary>
    bool HasAgreed { get; }

    void OnRead(InstallationState state);

    void OnWarnings(IEnumerable<Problem> problems);

    /// <summary>From here on something is changed.</summary>
    void OnBegin();

    /// <param name="isGrave">Only the typed word YES is taken as yes.</param>
    /// <returns>Whether the answer is yes.</returns>
    Task<bool> ConfirmsAsync(string question, bool isGrave);
}

/// <summary>Shows the stages of one use case; those that it does not have are left out.</summary>
public interface IScreen<TPlan>
{
    /// <returns>The exit code, as of all here.</returns>
    int ShowNothingToDo(Prepared<TPlan> prepared) => throw new UnreachableException();

    int ShowPlan(Prepared<TPlan> prepared) => throw new UnreachableException();

    /// <summary>Right before the question.</summary>
    void ShowSummary(Prepared<TPlan> prepared)
    {
    }

    /// <param name="run">Does it, and writes what happens.</param>
    Task<int> ReportAsync(Prepared<TPlan> prepared, Func<ChannelWriter<UpgradeEvent>, Task<RunOutcome>> run);
}

/// <summary>
/// Read, plan, check, ask, run, tell: what every command that changes something goes through. Reading commands use the first of these.
/// </summary>
/// <param name="mistakes">What is wrong with the settings.</param>
/// <param name="stop">The user wants nothing new to begin.</param>
/// <param name="abort">The user wants what runs to be cancelled.</param>
public sealed class Flow(
    HostSettings settings, IReadOnlyList<Problem> mistakes, RunIdentity run, IAudience audience, CancellationToken stop,
    CancellationToken abort) : IAsyncDisposable
{
    private InstallationReader? _reader;
    private bool _isServerKnown;
    private bool _hasWarned;

    /// <summary>After the end: an embedded server that could not be stopped.</summary>
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
    /// <exception cref="UpgradeException">Refused: all that speaks against it.</exception>
    public async Task<Prepared<TPlan>> PrepareAsync<TPlan>(UseCase<TPlan> useCase)
    {
        await CheckBeforeServerIsMadeAsync(useCase);
        var state = useCase.WaitsForLocks ? await ReadFreeAsync(useCase.Question) : await ReadAsync(useCase.Question);
        if (useCase.RecoversFirst) await RecoverAsync(useCase, state);
        var prepared = await useCase.PrepareAsync(state, run, stop);
        if (!prepared.IsRefused) return prepared;
        prepared.Dispose();
        // Of a fleet, what is wrong with all of it is one problem.
        throw new UpgradeException(Problem.Together(prepared.Problems));
    }

    /// <summary>A command that the drop folder or the request refuses creates no server first.</summary>
    /// <exception cref="UpgradeException">Refused.</exception>
    private async Task CheckBeforeServerIsMadeAsync<TPlan>(UseCase<TPlan> useCase)
    {
        var question = useCase.Question;
        // Instances that are discovered are not known before.
        if (mistakes.HaveErrors() || !question.MayMakeServer || settings.DiscoverQuery is not null
            || !EmbeddedChoice.IsToBeMade(settings, mistakes)) return;
        _reader ??= new InstallationReader(settings, Connection());
        var state = await _reader.ReadAsync(question with { MayMakeServer = false }, abort);
        using var prepared = await useCase.PrepareAsync(state, run, stop);
        if (!prepared.IsRefused) return;
        audience.OnRead(state);
        throw new UpgradeException(Problem.Together(prepared.Problems));
    }

    /// <summary>The version of every target. Settings with mistakes are not acted on: then all that is known to be wrong is told.</summary>
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
    /// As <see cref="ReadAsync"/>, once no other process holds a target, or patience is over: the sessions of a killed one take a moment to
    /// end.
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

    /// <summary>Where there are no settings or no root, the first step makes the drop folder too: that it is missing is no news.</summary>
    private IEnumerable<Problem> ProblemsOfModules() =>
        ModuleCatalogue.Scan(settings.Installation.Modules, settings.AllowInsecureModules).Problems
            .Select(found => found.Problem).Distinct()
            .Where(problem => problem.Code != "KU-2001" || mistakes.All(mistake => mistake.Code is not ("KU-1001" or "KU-1009")));

    private ConnectionSettings Connection() =>
        new(ConnectionSettings.NameOfThisHost(run.Id), settings.Run.LockTimeout, settings.Run.ConnectTimeout)
        {
            KeepAlive = settings.Run.KeepAlive,
            ErrorDetail = settings.ErrorDetail,
            Servers = new ServerWait(settings.Run.ReconnectWithin, run.Time),
        };

    /// <summary>Stops the embedded server, where it was used.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_reader is not null) await _reader.DisposeAsync();
    }
}
