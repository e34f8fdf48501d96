using System.Globalization;
using Npgsql;
using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>The database and the schema exist. On the embedded server, krang-upgrade creates them.</summary>
public static class ExistenceCheck
{
    public static IEnumerable<Problem> Find(TargetState state)
    {
        var target = state.Target;
        if (target.Embedded) yield break;
        if (state.DatabaseMissing)
            yield return new Problem("KU-3001", $"{target}", $"The database {target.DatabaseName} does not exist on {target.Server}.",
                $"Correct the settings, or create it: {MakeDatabase(target)}");
        else if (state.SchemaMissing)
            yield return new Problem("KU-3002", $"{target}",
                $"The schema {target.Schema} does not exist in database {target.DatabaseName} on {target.Server}.",
                $"Correct the settings, or create it: {MakeSchema(target)}");
    }

    private static string MakeSchema(Target target)
    {
        var sql = $"CREATE SCHEMA {PostgresName.Quote(target.Schema)}";
        return NextCommand.Of($"psql{target.Argument} --command {NextCommand.Quote(sql)}");
    }

    /// <summary>createdb, because psql cannot connect to a database that does not exist.</summary>
    private static string MakeDatabase(Target target)
    {
        var server = new NpgsqlConnectionStringBuilder(target.Database);
        List<string> words = ["createdb", "-h", $"{server.Host}"];
        // With several hosts, each host may have its own port.
        if (server.Host?.Contains(',') is not true) words.AddRange(["-p", server.Port.ToString(CultureInfo.InvariantCulture)]);
        if (server.Username is { Length: > 0 } user) words.AddRange(["-U", user]);
        return string.Join(' ', words.Append(target.DatabaseName).Select(NextCommand.Quote));
    }
}
