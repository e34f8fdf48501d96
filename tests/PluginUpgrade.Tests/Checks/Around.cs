using PluginUpgrade.Checks;
using PluginUpgrade.Databases;

namespace PluginUpgrade.Tests.Checks;

/// <summary>Places for checks, without a server.</summary>
internal static class Around
{
    public static readonly ServerActivity Nothing = new() { Server = "db:5432", Database = "krang" };

    public static Target Target(string name) => new()
    {
        Scope = name == "installation" ? Scope.Installation : Scope.Instance,
        Name = name,
        Database = "Host=db",
        Schema = name == "installation" ? "public" : name,
        Server = "db:5432",
        DatabaseName = "krang",
    };

    /// <param name="idle">Targets with nothing to do.</param>
    public static CheckedDatabase Place(ServerActivity around, string[] pending, string[]? idle = null)
    {
        List<Target> todo = [.. pending.Select(Target)];
        return new CheckedDatabase(around, new DatabaseContents(), [.. todo, .. (idle ?? []).Select(Target)],
            todo.ToHashSet<Target>(ReferenceEqualityComparer.Instance));
    }

    public static CheckedDatabase Place(DatabaseContents contents, params string[] pending) =>
        Place(Nothing, pending) with { Contents = contents };

    /// <summary>As codes: in capitals those that refuse.</summary>
    public static string Codes(IEnumerable<Problem> problems) => string.Join(' ', problems.Select(problem =>
        problem.Severity == Severity.Error ? problem.Code : problem.Code.Replace("KU", "ku", StringComparison.Ordinal)));
}
