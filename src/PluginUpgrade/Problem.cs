using System.Text.Json.Serialization;

namespace PluginUpgrade;

public enum Severity
{
    /// <summary>Told, and nothing more.</summary>
    Warning,

    /// <summary>Refuses the run.</summary>
    Error,
}

/// <summary>Something that is wrong, said so that the reader knows what to do.</summary>
/// <param name="Code">Stable, as in <c>KU-3004</c>; explained in docs/errors.md.</param>
/// <param name="Subject">What it is about: a settings key, a file, a target. Empty where the sentence says all.</param>
/// <param name="Message">One or two whole sentences: what is wrong and what state that leaves.</param>
/// <param name="Remedy">What to do next, best a command to type.</param>
public sealed record Problem(string Code, string Subject, string Message, string Remedy, Severity Severity = Severity.Error)
{
    /// <summary>What <c>--verbose</c> shows besides, in lines. It may hold data, and goes into no JSON, journal or log.</summary>
    [JsonIgnore]
    public string Details { get; init; } = "";

    /// <summary>
    /// Those that differ in their subject alone become one: a thousand instances behind one wrong password are one problem. Its details are
    /// those of the first.
    /// </summary>
    public static IReadOnlyList<Problem> Together(IEnumerable<Problem> problems) =>
    [
        .. problems.GroupBy(problem => problem with { Subject = IsOfWords(problem) ? problem.Subject : "", Details = "" })
            .Select(same => same.First() with { Subject = Join([.. same.Select(problem => problem.Subject).Distinct()]) }),
    ];

    /// <summary>What the user has written is corrected word by word, and each is named. KU-103x are about files, not words.</summary>
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
