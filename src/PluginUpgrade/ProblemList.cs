namespace PluginUpgrade;

/// <summary>What a list of problems means for the run.</summary>
public static class ProblemList
{
    /// <summary>Whether the problems refuse the run.</summary>
    public static bool HaveErrors(this IEnumerable<Problem> problems) => problems.Errors().Any();

    public static IEnumerable<Problem> Errors(this IEnumerable<Problem> problems) =>
        problems.Where(problem => problem.Severity == Severity.Error);

    public static IEnumerable<Problem> Warnings(this IEnumerable<Problem> problems) =>
        problems.Where(problem => problem.Severity == Severity.Warning);
}
