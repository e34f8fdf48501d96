using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>Database and schema exist. On the embedded server krang-upgrade makes what is missing.</summary>
public static class ExistenceCheck
{
    public static IEnumerable<Problem> Find(TargetState state)
    {
        var target = state.Target;
        if (target.Embedded) yield break;
        if (state.DatabaseMissing)
            yield return new Problem("KU-3001", $"{target}", $"The database {target.DatabaseName} does not exist on {target.Server}.",
                $"Correct the settings, or make it: createdb {target.DatabaseName}");
        else if (state.SchemaMissing)
            yield return new Problem("KU-3002", $"{target}",
                $"The schema {target.Schema} does not exist in database {target.DatabaseName} on {target.Server}.",
                $"Correct the settings, or make it: CREATE SCHEMA {PostgresName.Quote(target.Schema)}");
    }
}
