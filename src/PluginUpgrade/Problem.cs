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
    public override string ToString() => Subject.Length == 0 ? $"{Code} {Message}" : $"{Code} {Subject}: {Message}";
}
