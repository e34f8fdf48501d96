using System.Threading.Channels;
using PluginUpgrade.Loading;
using PluginUpgrade.Running;

namespace PluginUpgrade.Upgrades;

/// <summary>One thing that krang-upgrade can do to an installation, in parts that <see cref="Flow"/> calls one after another.</summary>
/// <typeparam name="TPlan">What is decided before anything changes.</typeparam>
public abstract class UseCase<TPlan>
{
    /// <summary>What must be read first.</summary>
    public abstract InstallationQuestion Question { get; }

    /// <summary>Whether nothing may stay changed.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Whether a dry run does the work and rolls it back; otherwise it shows the plan.</summary>
    public virtual bool RollsBack => false;

    /// <summary>Whether to wait a while for targets that another session holds.</summary>
    public virtual bool WaitsForLocks => true;

    /// <summary>Whether planning reads files that a killed process may have left half changed.</summary>
    public virtual bool RecoversFirst => false;

    /// <summary>Undoes what a killed process left behind. Not called for a dry run.</summary>
    public virtual Task RecoverAsync(InstallationState state, RunIdentity run, CancellationToken abort) => Task.CompletedTask;

    /// <summary>Plans and checks. Changes nothing.</summary>
    /// <returns>The plan, and everything that was found; any error refuses it.</returns>
    public abstract Task<Prepared<TPlan>> PrepareAsync(InstallationState state, RunIdentity run, CancellationToken cancellationToken);

    /// <exception cref="UpgradeException">Refused; no target was changed.</exception>
    public abstract Task<RunOutcome> RunAsync(
        Prepared<TPlan> prepared, RunIdentity run, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort);
}

/// <param name="Id">Used in journals, logs and saves.</param>
public sealed record RunIdentity(Guid Id, TimeProvider Time);

/// <summary>What would be done, with everything that was found; nothing has begun.</summary>
/// <param name="Plan">Meaningless if a problem is an error.</param>
public sealed record Prepared<TPlan>(InstallationState State, TPlan Plan, IReadOnlyList<Problem> Problems) : IDisposable
{
    /// <summary>Whether nothing is left to do.</summary>
    public bool IsEmpty { get; init; }

    /// <summary>What could not be examined: for <c>check</c>.</summary>
    public IReadOnlyList<Problem> NotKnown { get; init; } = [];

    /// <summary>The question to be answered before anything changes; null: none.</summary>
    public Confirmation? Confirmation { get; init; }

    /// <summary>The plan's modules; null if it runs none.</summary>
    public LoadedModules? Modules { get; init; }

    public bool IsRefused => Problems.HaveErrors();

    public void Dispose() => Modules?.Dispose();
}

/// <param name="Question">A sentence; what to type is added to it.</param>
/// <param name="Refusal">The refusal if the answer is no.</param>
public sealed record Confirmation(string Question, Problem Refusal)
{
    /// <summary>Whether only the typed word YES is an answer: what is lost cannot be recovered.</summary>
    public bool IsGrave { get; init; } = true;

    /// <summary>What happens without a terminal, and without an answer in advance.</summary>
    public Unasked Unasked { get; init; } = Unasked.ReadAnyway;
}

public enum Unasked
{
    /// <summary>The answer is read from standard input.</summary>
    ReadAnyway,

    GoOn,
    Refuse,
}
