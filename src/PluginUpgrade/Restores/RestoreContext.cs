using PluginUpgrade.Postgres;

namespace PluginUpgrade.Restores;

/// <summary>What all targets of a restore share.</summary>
/// <param name="Save">The save's id.</param>
/// <param name="SearchPath">Schemas after the target's own in <c>search_path</c>, from the settings.</param>
/// <param name="Jobs">How many connections pg_restore may open for one database.</param>
public sealed record RestoreContext(
    string Save, ConnectionSettings Connection, IReadOnlyList<string> SearchPath, int Jobs, TimeProvider Time);
