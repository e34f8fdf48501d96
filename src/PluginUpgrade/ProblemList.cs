namespace PluginUpgrade;

/// <summary>What several problems come to together.</summary>
public static class ProblemList
{
    /// <summary>Whether they refuse the run.</summary>
    public static bool HaveErrors(this IEnumerable<Problem> problems) => problems.Errors().Any();

    public static IEnumerable<Problem> Errors(this IEnumerable<Problem> problems) =>
        problems.Where(problem => problem.Severity == Severity.Error);

    public static IEnumerable<Problem> Warnings(this IEnumerable<Problem> problems) =>
        problems.Where(problem => problem.Severity == Severity.Warning);
}
