using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Drift;

public static class DriftProblem
{
    /// <summary>The problem of a failure while something declared was made or looked at.</summary>
    public static Problem Of(Target target, Exception e) => (e as PostgresException)?.SqlState switch
    {
        null => ConnectionProblem.Of(target, e),
        PostgresErrorCodes.InsufficientPrivilege => NoScratch(target, SqlErrors.Describe(e)),
        PostgresErrorCodes.LockNotAvailable => Locked(target),
        _ => NotMade(target, SqlErrors.Describe(e)),
    };

    private static Problem NoScratch(Target target, string error) => new("KU-3260", $"{target}",
        $"What is declared is first made in a scratch schema, which this role may not create: {error}",
        "Let its owner grant it: GRANT CREATE ON DATABASE " +
        $"{PostgresName.Quote(target.DatabaseName)} TO {PostgresName.Quote(RoleOf(target))}");

    private static string RoleOf(Target target) =>
        new NpgsqlConnectionStringBuilder(target.Database).Username is { Length: > 0 } role ? role : Environment.UserName;

    private static Problem NotMade(Target target, string error) => new("KU-3261", $"{target}",
        $"What is declared could not be made in a scratch schema: {error}",
        $"Correct the declaration. To see its statements: {NextCommand.Of("schema print")}");

    private static Problem Locked(Target target) => new("KU-3263", $"{target}",
        "Another session has locked a table for itself alone, so that it cannot even be looked at.",
        $"Wait until it ends, then run the same command. To see who it is: {NextCommand.Of("check")}");

    public static Problem NothingDeclared() => new("KU-3262", "schema check",
        "No schema is declared for these targets.", $"See what is in the drop folder: {NextCommand.Of("modules")}");
}
