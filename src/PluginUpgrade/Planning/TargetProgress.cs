using PluginUpgrade.Journals;

namespace PluginUpgrade.Planning;

/// <summary>What the planner needs to know of a target: its journal, and whether its schema is otherwise empty.</summary>
public sealed record TargetProgress(Target Target, IReadOnlyList<JournalRow> Rows, bool SchemaIsEmpty)
{
    public CurrentVersion In(Component component) => CurrentVersion.Of(Target.Scope, Rows, component.Name, component.Modules);
}
