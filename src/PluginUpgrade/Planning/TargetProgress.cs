using PluginUpgrade.Journals;

namespace PluginUpgrade.Planning;

/// <summary>What the planner must know of a target: what its journal says, and whether there is anything else in its schema.</summary>
public sealed record TargetProgress(Target Target, IReadOnlyList<JournalRow> Rows, bool SchemaIsEmpty)
{
    public CurrentVersion In(Component component) => CurrentVersion.Of(Target.Scope, Rows, component.Name, component.Modules);
}
