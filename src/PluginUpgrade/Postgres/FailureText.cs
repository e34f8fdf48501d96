using System.Globalization;

namespace PluginUpgrade.Postgres;

/// <summary>
/// Makes text of what a module threw or logged. A module's exception runs the module's code: it may throw, return null, or return text that
/// no database, log or JSON document accepts.
/// </summary>
public static class FailureText
{
    /// <summary>More than anybody reads, and too little to fill a journal.</summary>
    public const int Longest = 8_000;

    /// <param name="text">May run the module's code.</param>
    /// <param name="e">The text is its type's name if that code fails.</param>
    public static string Of(Func<string?> text, Exception e)
    {
        try
        {
            if (text() is { } said) return Whole(said);
        }
        catch (Exception)
        {
            // The type is enough: a failure to describe a failure must not hide it.
        }
        return $"{Name(e)} (without a message)";
    }

    /// <summary>The exception as <c>--verbose</c> shows it, with its stack trace where it has one.</summary>
    public static string WithStackTrace(Exception e) => Of(() => FailureDetail.WithoutSecrets(CopiedPaths.Translate(e.ToString()), e), e);

    public static string NameAndMessage(Exception e) => Of(() => CopiedPaths.Translate($"{Name(e)}: {e.Message}"), e);

    /// <summary>
    /// The text without NUL and unpaired surrogates, which are written as escapes. Long text is shortened to its beginning and its end.
    /// </summary>
    public static string Whole(string text)
    {
        if (text.Length > Longest)
            text = $"{text[..(Longest * 3 / 4)]} [{text.Length - Longest} characters omitted] {text[^(Longest / 4)..]}";
        for (var i = 0; i < text.Length; i++)
            if (IsUnfit(text, i)) return string.Concat(text.Select((c, at) => IsUnfit(text, at) ? Spelled(c) : $"{c}"));
        return text;
    }

    /// <summary>The same text for databases whose encoding lacks some of its characters.</summary>
    public static string Ascii(string text) => string.Concat(Whole(text).Select(c => c < 0x80 ? $"{c}" : Spelled(c)));

    private static bool IsUnfit(string text, int i) => text[i] == 0 || char.IsSurrogate(text[i])
        && !(char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
        && !(char.IsLowSurrogate(text[i]) && i > 0 && char.IsHighSurrogate(text[i - 1]));

    private static string Spelled(char c) => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");

    private static string Name(Exception e) => e.GetType().Name;
}

/// <summary>A module's exception as text, for reports: writing them must not run the module's code.</summary>
public sealed class ToldException(Exception thrown) : Exception(SqlErrors.Describe(thrown))
{
    private readonly string _text = FailureText.WithStackTrace(thrown);

    /// <summary>As <see cref="SqlErrors.StateOf"/>.</summary>
    public string? SqlState { get; } = SqlErrors.StateOf(thrown);

    public static ToldException? Of(Exception? thrown) => thrown is null ? null : new ToldException(thrown);

    public override string ToString() => _text;
}
