using System.Threading.Channels;
using PluginUpgrade.Instances;
using PluginUpgrade.Planning;
using PluginUpgrade.Running;

namespace PluginUpgrade.Upgrades.UseCases;

/// <summary>
/// Installs new program files alone, on a machine that shares the databases with others. The installation's database, if it can be reached,
/// only says whether it has that version.
/// </summary>
/// <param name="to">A newer version is not installed; null: any is.</param>
public sealed class FilesUseCase(UpgradeVersion? to, IReadOnlyList<Problem> wrongRequest) : UseCase<Plan>
{
    public override InstallationQuestion Question => new(InstanceFilter.All, wrongRequest) { InstallationOnly = true };

    public override bool WaitsForLocks => false;

    public override bool RecoversFirst => true;

    public override Task RecoverAsync(InstallationState state, RunIdentity run, CancellationToken abort) =>
        new FilesRun(state, run).RecoverAsync(abort);

    public override Task<Prepared<Plan>> PrepareAsync(InstallationState state, RunIdentity run, CancellationToken cancellationToken)
    {
        var installation = state.Installation;
        var isReadable = installation is { Unreachable: null, DatabaseMissing: false };
        var planned = FilesPlanner.Plan(
            state.Files.Reading, state.Files.Record, installation.Target, isReadable ? InstallationState.Progress(installation) : null,
            to, state.Settings.Installation.Payload);
        var (plan, inTheWay) = state.Files.Compare(planned.Plan);
        return Task.FromResult(new Prepared<Plan>(
            state, plan, [.. state.Problems, .. planned.Problems, .. inTheWay, .. Problem.Optional(planned.Doubt)])
        {
            IsEmpty = plan.IsEmpty,
            Confirmation = planned.Doubt is not { } doubt ? null
                : new Confirmation("Install the program files anyway?", doubt with { Severity = Severity.Error }),
        });
    }

    public override Task<RunOutcome> RunAsync(
        Prepared<Plan> prepared, RunIdentity run, ChannelWriter<UpgradeEvent> events, CancellationToken stop, CancellationToken abort) =>
        new FilesRun(prepared.State, run).RunAsync(prepared.Plan, events, stop, abort);
}
