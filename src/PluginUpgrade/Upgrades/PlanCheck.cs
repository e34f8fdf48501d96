using System.Threading.Channels;
using PluginUpgrade.Checks;
using PluginUpgrade.Loading;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Programs;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Upgrades;

/// <param name="Problems">Told together.</param>
/// <param name="NotKnown">What could not be looked at: told by <c>check</c> alone.</param>
/// <param name="Modules">The plan's, loaded and constructed; fit for a run where no problem is an error.</param>
public sealed record PlanFindings(IReadOnlyList<Problem> Problems, IReadOnlyList<Problem> NotKnown, LoadedModules Modules);

/// <summary>
/// Everything that is looked at once it is known that something is to be done, and before anything changes: modules are loaded, what they
/// require is asked for, and others' sessions, standbys, limits and leftovers are looked at.
/// </summary>
public sealed class PlanCheck(InstallationState state, RunIdentity run)
{
    /// <summary>Log lines of a step, and the file's first and last ones.</summary>
    private const int LogOfAStep = 2048, LogOfARun = 65_536;

    /// <param name="plan">Empty where it was refused, or nothing is to be done.</param>
    /// <param name="refused">Why; what else is wrong is looked for anyway.</param>
    /// <param name="everything">Also targets that nothing is to be done to, and what only a save would need.</param>
    /// <param name="whole">All instances were asked for.</param>
    public async Task<PlanFindings> FindAsync(
        Plan plan, IReadOnlyList<Problem> refused, bool everything, bool whole, CancellationToken cancellationToken)
    {
        var isRefused = refused.HaveErrors();
        var reachable = state.Reachable();
        var pending = (isRefused ? reachable : plan.Lanes.Select(lane => lane.Target))
            .ToHashSet<Target>(ReferenceEqualityComparer.Instance);
        var targets = everything ? reachable : [.. reachable.Where(pending.Contains)];
        var modules = Load(plan, state.Settings);
        try
        {
            return await FindAsync(plan, modules, pending, targets, everything, whole && !isRefused, cancellationToken);
        }
        catch
        {
            modules.Dispose();
            throw;
        }
    }

    /// <summary>The plan's modules: what is wrong with any is for the caller to tell.</summary>
    internal static LoadedModules Load(Plan plan, HostSettings settings) => ModuleLoader.Load(
        plan.Modules, settings.Run.StepTimeout, new ModuleCopies(settings.ModuleCopies, settings.AllowInsecureModules));

    private async Task<PlanFindings> FindAsync(
        Plan plan, LoadedModules modules, HashSet<Target> pending, IReadOnlyList<Target> targets,
        bool everything, bool whole, CancellationToken cancellationToken)
    {
        List<Problem> problems = [.. modules.Problems.Select(found => found.Problem).Distinct()];
        if (problems.Count == 0) problems.AddRange(await PreconditionsAsync(plan, modules, cancellationToken));
        var (around, notKnown) = await new ServerActivityPreflight(state, targets, pending, state.Limits)
            .FindAsync(plan, whole, cancellationToken);
        problems.AddRange(around);
        problems.AddRange(DiskCheck.Find(Needs(plan), DiskRoom.At));
        if (everything) problems.AddRange(await ProgramsAsync(cancellationToken));
        if (everything) problems.AddRange(CultureCheck.Find(MachineCulture.Missing, IcuPackage.Install()));
        return new PlanFindings(Problem.Together(problems), Problem.Together(notKnown), modules);
    }

    /// <summary>
    /// Waits until no application is connected any more that must not be: one that was stopped a moment ago may take another to go.
    /// </summary>
    /// <returns>Those that are connected even so.</returns>
    public async Task<IReadOnlyList<Problem>> ConnectedAsync(Plan plan, CancellationToken cancellationToken)
    {
        if (state.Settings.Run.RefuseWhenConnected.Count == 0) return [];
        var pending = plan.Lanes.Select(lane => lane.Target).ToHashSet<Target>(ReferenceEqualityComparer.Instance);
        var preflight = new ServerActivityPreflight(state, [.. state.Reachable().Where(pending.Contains)], pending, state.Limits);
        var poll = new Poll(state.Settings.Run.LockTimeout, Pause.OfMilliseconds(200), run.Time);
        return await poll.UntilAsync(async () =>
            await preflight.FindConnectedAsync(cancellationToken) is var found && (found.Count == 0 || poll.IsOver) ? found : null,
            cancellationToken);
    }

    private async Task<IReadOnlyList<Problem>> PreconditionsAsync(
        Plan plan, LoadedModules modules, CancellationToken cancellationToken)
    {
        var preconditions = Precondition.Of(plan);
        if (preconditions.Count == 0) return [];
        // Nobody reports before a run: what a check logs is not kept.
        var nobody = Channel.CreateBounded<UpgradeEvent>(1);
        nobody.Writer.Complete();
        var setting = state.ForRun(run);
        var call = new ModuleCall(setting, module => modules[module], state.Limits, nobody.Writer);
        return await new PreconditionPreflight(setting, call, state.Limits, state.Settings.Run.Parallel)
            .FindAsync(preconditions, state.Catalogue.Modules, cancellationToken);
    }

    /// <summary>
    /// What an upgrade writes on this machine: its log. How much modules move aside of the installation's files nobody knows before.
    /// </summary>
    private List<DiskNeed> Needs(Plan plan) => plan.IsEmpty ? [] :
    [
        new(Path.Combine(state.Settings.Root, "data", "upgrade-logs"),
            LogOfARun + (long)LogOfAStep * plan.Lanes.Sum(lane => lane.Count), "the log of the run", IsRequired: false),
    ];

    private async Task<IEnumerable<Problem>> ProgramsAsync(CancellationToken cancellationToken) => ClientProgramsCheck.Find(
        await ClientPrograms.FindAllAsync(state.Settings.PostgresBin, cancellationToken) is [.., var newest] ? newest : null,
        state.Targets.Where(fact => fact.Server is not null).Select(fact => (fact.Target.Server, fact.Server!)),
        await ClientPrograms.InstallAsync(cancellationToken), Severity.Warning);
}
