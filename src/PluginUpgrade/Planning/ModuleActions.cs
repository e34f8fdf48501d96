using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>What one version of a module does to a target.</summary>
internal static class ModuleActions
{
    /// <summary>In order; the last one has the journal's row.</summary>
    public static IEnumerable<StepAction> Of(UpgradeModule module, Scope scope) =>
        scope == Scope.Instance && module.BuildsBeside ? SideBySideAction.Of(module) : [new RunModule(module)];
}
