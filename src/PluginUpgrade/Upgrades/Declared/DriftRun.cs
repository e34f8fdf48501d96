using PluginUpgrade.Checks;
using PluginUpgrade.Drift;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Upgrades.Declared;

/// <summary>Checks targets for differences from what is declared for the versions at which they are.</summary>
public static class DriftRun
{
    /// <exception cref="UpgradeException">Nothing is declared for the targets.</exception>
    public static async Task<IReadOnlyList<TargetDrift>> FindAsync(
        InstallationState state, bool withInstallation, CancellationToken cancellationToken)
    {
        var components = Component.Of(state.Catalogue.Modules, state.Catalogue.Histories);
        List<CheckedSchema> schemas = [];
        // The installation and an instance may share a schema: it has what is declared for both.
        foreach (var together in state.Targets.Skip(withInstallation ? 0 : 1)
            .Where(one => one.Target.Active && Preflight.IsUsable(one) && !one.Target.ToBeMade)
            .GroupBy(one => (one.Target.Database, one.Target.Schema)))
        {
            List<DeclaredAt> declared =
            [
                .. from one in together
                   let progress = InstallationState.Progress(one)
                   from component in components
                   from history in component.Histories
                   where history.Scope == one.Target.Scope
                   let version = progress.In(component).Version
                   where version is not null && history.Slices.Any(slice => slice.Version <= version)
                   select new DeclaredAt(history, version.Value),
            ];
            if (declared.Count > 0) schemas.Add(new CheckedSchema(together.Last().Target, declared));
        }
        if (schemas.Count == 0) throw new UpgradeException(DriftProblem.NothingDeclared());
        var run = state.Settings.Run;
        return await new DriftCheck(state.Connection, state.Limits, run.SearchPath, run.Parallel).FindAsync(schemas, cancellationToken);
    }
}
