using PluginUpgrade.Journals;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>What one version of a module does to a target.</summary>
internal static class ModuleActions
{
    /// <summary>In order; the last one has the journal's row.</summary>
    /// <param name="row">The version's row in the target's journal: of an earlier try; null: none.</param>
    public static IEnumerable<StepAction> Of(UpgradeModule module, Scope scope, JournalRow? row) => module.SliceFor(scope) switch
    {
        { } slice => [new ApplySchema(module, slice, scope) { IsExpanded = row?.IsExpanded is true }],
        null when scope == Scope.Instance && module.BuildsBeside => SideBySideAction.Of(module),
        null => [new RunModule(module)],
    };
}
