using System.Threading.Channels;
using PluginUpgrade.Checks;
using PluginUpgrade.Loading;
using PluginUpgrade.Planning;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Programs;
using PluginUpgrade.Running;
using PluginUpgrade.Running.Steps;
using PluginUpgrade.Settings;
using PluginUpgrade.Swaps.Refusals;
using PluginUpgrade.Swaps.WholeDatabases;

namespace PluginUpgrade.Upgrades;

/// <param name="Problems">Reported together.</param>
/// <param name="NotKnown">What could not be examined: reported by <c>check</c> alone.</param>
/// <param name="Modules">The plan's modules, loaded and constructed; usable for a run if no problem is an error.</param>
public sealed record PlanFindings(IReadOnlyList<Problem> Problems, IReadOnlyList<Problem> NotKnown, LoadedModules Modules);

/// <summary>
/// All checks that are made once there is something to do, before anything changes: modules are loaded, what they require is checked, and
/// other sessions, standbys, limits and leftovers are examined.
/// </summary>
public sealed class PlanCheck(InstallationState state, RunIdentity run)
{
    /// <summary>The bytes in the log of a step, and of the file's first and last lines.</summary>
    private const int LogOfAStep = 2048, LogOfARun = 65_536;

    /// <param name="plan">Empty if it was refused, or nothing is to be done.</param>
    /// <param name="refused">Why it was refused; other problems are searched for anyway.</param>
    /// <param name="everything">Whether to examine targets with nothing to do too, and what only a save would need.</param>
    /// <param name="whole">Whether all instances were requested.</param>
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

    /// <summary>Loads the plan's modules; the caller reports their problems.</summary>
    internal static LoadedModules Load(Plan plan, HostSettings settings) => ModuleLoader.Load(
        plan.Modules, settings.Run.StepTimeout, new ModuleCopies(settings.ModuleCopies, settings.AllowInsecureModules));

    private async Task<PlanFindings> FindAsync(
        Plan plan, LoadedModules modules, HashSet<Target> pending, IReadOnlyList<Target> targets,
        bool everything, bool whole, CancellationToken cancellationToken)
    {
        List<Problem> problems = [.. modules.Problems.Select(found => found.Problem).Distinct()];
        if (problems.Count == 0) problems.AddRange(await PreconditionsAsync(plan, modules, cancellationToken));
        problems.AddRange(await SwapsAsync(plan, cancellationToken));
        var (around, notKnown) = await new ServerActivityPreflight(state, targets, pending, state.Limits)
            .FindAsync(plan, whole, cancellationToken);
        problems.AddRange(around);
        problems.AddRange(DiskCheck.Find(Needs(plan), DiskRoom.At));
        if (everything) problems.AddRange(await ProgramsAsync(cancellationToken));
        if (everything) problems.AddRange(CultureCheck.Find(MachineCulture.Missing, IcuPackage.Install()));
        return new PlanFindings(Problem.Together(problems), Problem.Together(notKnown), modules);
    }

    /// <summary>
    /// Waits until no application is connected that must not be: one that was stopped a moment ago may take another to disconnect.
    /// </summary>
    /// <returns>The applications that are still connected.</returns>
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
        // There is no report before a run: what a check logs is discarded.
        var dropped = Channel.CreateBounded<UpgradeEvent>(1);
        dropped.Writer.Complete();
        var context = state.ForRun(run);
        var call = new ModuleCall(context, module => modules[module], state.Limits, dropped.Writer);
        return await new PreconditionPreflight(context, call, state.Limits, state.Settings.Run.Parallel)
            .FindAsync(preconditions, state.Catalogue.Modules, cancellationToken);
    }

    /// <summary>
    /// What an upgrade writes on this machine: its log. How much of the installation's files modules will move aside is unknown.
    /// </summary>
    private List<DiskNeed> Needs(Plan plan) => plan.IsEmpty ? [] :
    [
        new(Path.Combine(state.Settings.Root, "data", "upgrade-logs"),
            LogOfARun + (long)LogOfAStep * plan.Lanes.Sum(lane => lane.Count), "the log of the run", IsRequired: false),
    ];

    private async Task<IReadOnlyList<Problem>> SwapsAsync(Plan plan, CancellationToken cancellationToken) =>
    [
        .. await new SwapPreflight(state.Connection, state.Limits, state.Settings.Run.Parallel)
        {
            Installation = state.Installation.Target,
        }.FindAsync(plan, cancellationToken),
        .. await new DatabasePreflight(state.Connection, state.Limits, state.Settings.Run.Parallel).FindAsync(plan, cancellationToken),
    ];

    private async Task<IEnumerable<Problem>> ProgramsAsync(CancellationToken cancellationToken) => ClientProgramsCheck.Find(
        await ClientPrograms.FindAllAsync(state.Settings.PostgresBin, cancellationToken) is [.., var newest] ? newest : null,
        state.Targets.Where(fact => fact.Server is not null).Select(fact => (fact.Target.Server, fact.Server!)),
        await ClientPrograms.InstallAsync(cancellationToken), Severity.Warning);
}
