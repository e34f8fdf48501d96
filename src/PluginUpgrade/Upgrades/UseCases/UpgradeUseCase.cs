using PluginUpgrade.Databases;
using PluginUpgrade.Planning;
using PluginUpgrade.Upgrades.Declared;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>Takes the installation and its instances, or instances alone, to a version: for upgrade, plan and check.</summary>
public sealed class UpgradeUseCase : StepsUseCase
{
    public Goal Goal { get; init; } = new();

    /// <summary>The reviewed plan, which is run as it is or refused; null: whatever is left to do.</summary>
    public PlanFile? Reviewed { get; init; }

    /// <summary>The file of the reviewed plan.</summary>
    public string ReviewedFile { get; init; } = "";

    /// <summary>Whether to check targets with nothing to do too, and what only a save would need.</summary>
    public bool ChecksEverything { get; init; }

    protected override bool LocksInstallation => !Instances.OnlyInstances;

    protected override bool AsksAlways => true;

    public override InstallationQuestion Question => new(Instances, WrongRequest)
    {
        InstallationOnly = Goal.InstallationOnly,
        OffersInstallationOnly = true,
        // The journals alone do not show which targets have failed: one may be locked.
        IsDone = ChecksEverything ? null : state => !Instances.OnlyFailed && PlanOf(state) is { Plan.IsEmpty: true, Problems: [] },
        Contents = new ContentsQuestion(Sizes: Goal.Atomic),
        KeepsConnections = !IsDryRun && !ChecksEverything,
        MayMakeServer = !IsDryRun && !ChecksEverything,
    };

    public override bool WaitsForLocks => !ChecksEverything;

    /// <summary>The request as it was made: it always gives the same plan.</summary>
    public PlanRequest Request => Reviewed?.Request ?? PlanRequest.Of(Instances, Goal, SkipUnreachable, Save);

    /// <summary>Pure.</summary>
    public (Plan Plan, IReadOnlyList<Problem> Problems) Plan(InstallationState state)
    {
        var (plan, planned) = PlanOf(state);
        IReadOnlyList<Problem> problems = [.. planned, .. Impossible(state, plan)];
        return Reviewed is null || problems.HaveErrors() ? (plan, problems)
            : (plan, [.. problems, .. Differences(plan, state)]);
    }

    public override async Task<Prepared<Plan>> PrepareAsync(
        InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        var (plan, problems) = Plan(state);
        if (plan.IsEmpty && !ChecksEverything && !problems.HaveErrors())
            return new Prepared<Plan>(state, plan, problems) { IsEmpty = true };
        (plan, var large) = await MeasureAsync(plan, state, cancellationToken);
        problems = [.. problems, .. large];
        return await CheckAsync(state, plan, problems, state.Held(), run, cancellationToken, ChecksEverything,
            whole: !Instances.OnlyInstances && !Goal.InstallationOnly);
    }

    /// <summary>Looks how large the tables are that declared changes meet: it decides how they are made.</summary>
    public static Task<(Plan Plan, IReadOnlyList<Problem> Problems)> MeasureAsync(
        Plan plan, InstallationState state, CancellationToken cancellationToken) => LargeTables.FindAsync(plan, state, cancellationToken);

    /// <summary>A process that was killed between its last step's commit and the end of its undo log has left that log.</summary>
    public override Task RecoverAsync(InstallationState state, RunIdentity run, CancellationToken abort) =>
        Instances.OnlyInstances ? Task.CompletedTask : FileRecovery.RunAsync(state.ForRun(run), state.Installation.Target, abort);

    public PlanFile FileOf(Plan plan, InstallationState state, DateTimeOffset at) => PlanFile.Of(
        plan, Request, ProgramVersion.Text, at,
        [.. state.Targets.Select(one => (one.Target, one.ProductVersion(state.Catalogue.Modules)))]);

    private (Plan Plan, IReadOnlyList<Problem> Problems) PlanOf(InstallationState state) => state.Plan(
        IsDryRun && Reviewed is null ? Goal with { Order = StepOrder.InstallationFirst } : Goal with { Waves = state.Waves },
        SkipUnreachable);

    /// <summary>What has changed since the plan was reviewed.</summary>
    private IReadOnlyList<Problem> Differences(Plan now, InstallationState state) => PlanDifferences.Find(
        Reviewed!, FileOf(now, state, Reviewed!.MadeAt), state.Targets.Where(one => one.Target.Active)
            .ToDictionary(one => PlannedTarget.Key(one.Target.Scope, one.Target.Name), one => one.Rows),
        NextCommand.Of($"plan{Request.Words()} --out {NextCommand.Quote(ReviewedFile)}"));
}
