using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>No two instances are the same schema, reached by different server names (localhost and 127.0.0.1).</summary>
public static class SameSchemaCheck
{
    public static IEnumerable<Problem> Find(IReadOnlyList<TargetState> states) => states
        .Where(state => state is { Target.Scope: Scope.Instance, Unreachable: null, SchemaMissing: false, Identity.Length: > 0 })
        .GroupBy(state => state.Identity).Where(group => group.Count() > 1)
        .Select(group => new Problem("KU-3007", string.Join(", ", group.Select(state => state.Target)),
            $"These instances are the same schema: {group.First().Target.Schema} in database {group.First().Target.DatabaseName}.",
            "Give each instance its own schema or database."));
}
