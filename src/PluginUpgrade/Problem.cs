using System.Text.Json.Serialization;

namespace PluginUpgrade;

public enum Severity
{
    /// <summary>Reported, without further effect.</summary>
    Warning,

    /// <summary>Refuses the run.</summary>
    Error,
}

/// <summary>Something that is wrong, described so that the reader knows what to do.</summary>
/// <param name="Code">Stable, such as <c>KU-3004</c>; explained in docs/errors.md.</param>
/// <param name="Subject">The settings key, file or target. Empty where the message says it all.</param>
/// <param name="Message">One or two whole sentences: what is wrong, and the resulting state.</param>
/// <param name="Remedy">What to do next, preferably a command to type.</param>
public sealed record Problem(string Code, string Subject, string Message, string Remedy, Severity Severity = Severity.Error)
{
    /// <summary>Lines that only <c>--verbose</c> shows. They may hold data, so they go into no JSON, journal or log.</summary>
    [JsonIgnore]
    public string Details { get; init; } = "";

    /// <summary>
    /// Joins problems that differ only in their subject: a thousand instances with one wrong password are one problem. The details are
    /// those of the first.
    /// </summary>
    public static IReadOnlyList<Problem> Together(IEnumerable<Problem> problems) =>
    [
        .. problems.GroupBy(problem => problem with { Subject = IsOfWords(problem) ? problem.Subject : "", Details = "" })
            .Select(same => same.First() with { Subject = Join([.. same.Select(problem => problem.Subject).Distinct()]) }),
    ];

    /// <summary>For where there is room for one: the first, with the others in its message and their remedies in its remedy.</summary>
    public static Problem AsOne(IReadOnlyList<Problem> problems) => problems[0] with
    {
        Message = string.Join(' ', [problems[0].Message, .. problems.Skip(1).Select(other => $"{other}")]),
        Remedy = string.Join(' ', problems.Select(problem => problem.Remedy).Where(remedy => remedy.Length > 0).Distinct()),
    };

    /// <summary>
    /// Problems of words that the user wrote are listed one by one, because each must be corrected. KU-103x are about files, not words.
    /// </summary>
    private static bool IsOfWords(Problem problem) =>
        problem.Code.StartsWith("KU-1", StringComparison.Ordinal) && !problem.Code.StartsWith("KU-103", StringComparison.Ordinal);

    public static IEnumerable<Problem> Optional(Problem? problem) => problem is null ? [] : [problem];

    /// <summary>As in <c>a, b, c, d, e and 5 more</c>.</summary>
    public static string Join(IReadOnlyList<string> subjects)
    {
        var first = string.Join(", ", subjects.Take(5));
        return subjects.Count > 5 ? $"{first} and {subjects.Count - 5} more" : first;
    }

    public override string ToString() => Subject.Length == 0 ? $"{Code} {Message}" : $"{Code} {Printable.Line(Subject)}: {Message}";
}
