using System.Threading.Channels;
using PluginUpgrade.Checks;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>What the use cases share that run a plan of steps.</summary>
public abstract class StepsUseCase : UseCase<Plan>
{
    /// <summary>Which instances are meant.</summary>
    public InstanceFilter Instances { get; init; } = InstanceFilter.All;

    /// <summary>Known mistakes of the request: reported with all other problems.</summary>
    public IReadOnlyList<Problem> WrongRequest { get; init; } = [];

    public bool SkipUnreachable { get; init; }

    /// <summary>Which targets are saved before the first step.</summary>
    public SaveRule Save { get; init; } = SaveRule.Never;

    /// <summary>When to begin nothing new; null: as in the settings.</summary>
    public CountOrPercent? StopAfterFailures { get; init; }

    public override bool RollsBack => true;

    /// <summary>The sentence about the targets if nothing is to be done.</summary>
    /// <param name="targets">Such as <c>3 targets</c>.</param>
    public virtual string NothingToDo(string targets, bool isOne) => $"{targets} {(isOne ? "is" : "are")} up to date";

    /// <summary>Whether nobody else may upgrade the whole installation meanwhile.</summary>
    protected virtual bool LocksInstallation => false;

    /// <summary>Whether a person is asked before it begins, whatever it does.</summary>
    protected virtual bool AsksAlways => false;

    /// <summary>Whether the operator's hooks run around it.</summary>
    protected virtual bool HasHooks => true;

    public override Task<RunOutcome> RunAsync(
        Prepared<Plan> prepared, RunIdentity run, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort) =>
        IsDryRun ? new DryRun(prepared.State, run).RunAsync(prepared.Plan, prepared.Modules, events, stop, abort)
            : new UpgradeRun(prepared.State, run)
            {
                LocksInstallation = LocksInstallation,
                Save = Save,
                Hooks = HasHooks ? prepared.State.Settings.Hooks : OperatorHooks.None,
                StopAfterFailures = StopAfterFailures,
            }.RunAsync(prepared.Plan, prepared.Modules, events, stop, abort);

    /// <param name="problems">What planning found.</param>
    /// <param name="held">Problems for the targets on which others work.</param>
    /// <param name="everything">Whether to examine targets with nothing to do too.</param>
    /// <param name="whole">Whether all instances were requested.</param>
    protected async Task<Prepared<Plan>> CheckAsync(
        InstallationState state, Plan plan, IReadOnlyList<Problem> problems, IEnumerable<Problem> held, RunIdentity run,
        CancellationToken cancellationToken, bool everything = false, bool whole = false)
    {
        var found = await new PlanCheck(state, run).FindAsync(plan, problems, everything, whole, cancellationToken);
        return new Prepared<Plan>(state, plan, [.. problems, .. held, .. found.Problems])
        {
            Modules = found.Modules,
            NotKnown = found.NotKnown,
            Confirmation = ConfirmationFor(plan, state.Settings.Run.Ask),
        };
    }

    /// <summary>What the plan itself shows to be impossible.</summary>
    protected IEnumerable<Problem> Impossible(InstallationState state, Plan plan) =>
        [.. SideBySideLimits.Find(plan, IsDryRun), .. RequirementCheck.OtherVersions(plan, state.Catalogue.Modules)];

    private Confirmation? ConfirmationFor(Plan plan, AskRule rule)
    {
        if (rule == AskRule.Never) return null;
        if (GraveQuestion.Of(plan) is { } grave) return grave;
        return !AsksAlways ? null : new Confirmation("Begin?", NotConfirmed.Of("", isGrave: false))
        {
            IsGrave = false,
            Unasked = rule == AskRule.Always ? Unasked.Refuse : Unasked.GoOn,
        };
    }
}
