using System.Text.RegularExpressions;
using Npgsql;
using PluginUpgrade.Postgres.Scripts;

namespace PluginUpgrade.Postgres;

/// <summary>
/// What <c>--verbose</c> adds to a failure: all parts of the server's message, and the statement as it was sent, with its values. If they
/// mention a password or a key, the values are left out here too.
/// </summary>
public static partial class FailureDetail
{
    private const int LongestStatement = 10_000, LongestPart = 2_000;

    /// <summary>Several lines; empty if the error did not come from a server.</summary>
    public static string Of(Exception? e)
    {
        if (e is null || SqlErrors.OfServer(e) is not { } server) return "";
        var (sql, position) = SqlText.StatementOf(server);
        var isSecret = SpeaksOfSecret(server);
        (string Name, string Text)[] parts =
        [
            ("DETAIL", Part(server.Detail, isSecret)), ("HINT", Part(server.Hint, isSecret)), ("CONTEXT", Part(server.Where, isSecret)),
            ("STATEMENT", Statement(sql, position, isSecret)),
        ];
        return string.Join('\n', parts.Where(part => part.Text.Length > 0).Select(part => $"{part.Name}: {part.Text}"));
    }

    /// <summary>
    /// The text of an exception without the values of statements that mention secrets: server messages repeat statements.
    /// </summary>
    public static string WithoutSecrets(string text, Exception e)
    {
        if (SqlErrors.OfServer(e) is not { } server) return text;
        if (!SpeaksOfSecret(server)) return text;
        foreach (var part in (string?[])[server.InternalQuery, server.Where, server.Detail, server.Hint])
            if (part is { Length: > 0 }) text = text.Replace(part, WithoutValues(part), StringComparison.Ordinal);
        return text;
    }

    private static string Statement(string? sql, int position, bool isSecret)
    {
        if (string.IsNullOrWhiteSpace(sql)) return "";
        var at = SqlText.IndexOf(sql, position);
        if (isSecret) return $"{Around(SqlText.Masked(sql, at).Trim())} (values omitted: the statement mentions a secret)";
        return Around((at < 0 ? sql : sql.Insert(Math.Min(at, sql.Length), SqlText.Mark)).Trim());
    }

    private static string Around(string marked)
    {
        if (marked.Length <= LongestStatement) return marked;
        var start = Math.Max(0, marked.IndexOf(SqlText.Mark, StringComparison.Ordinal) - LongestStatement / 2);
        var end = Math.Min(marked.Length, start + LongestStatement);
        return $"{(start > 0 ? "... " : "")}{marked[start..end]}{(end < marked.Length ? " ..." : "")}";
    }

    private static string Part(string? text, bool isSecret)
    {
        if (string.IsNullOrWhiteSpace(text)) return "";
        var said = (isSecret ? WithoutValues(text) : text).Trim();
        return said.Length <= LongestPart ? said : $"{said[..LongestPart]} ...";
    }

    /// <summary>Masks values in the server's prose. They are in quotes, or in brackets: <c>Key (name)=(value)</c>.</summary>
    private static string WithoutValues(string text) => Values().Replace(text, match => match.Value[0] == '\'' ? "'...'" : "(...)");

    private static bool SpeaksOfSecret(PostgresException server) => Secret().IsMatch(
        $"{SqlText.StatementOf(server).Sql} {server.BatchCommand?.CommandText} {server.Where} {server.Detail} {server.Hint}");

    [GeneratedRegex(@"'(?:[^']|'')*'|\((?:[^()]|\([^()]*\))*\)")]
    private static partial Regex Values();

    [GeneratedRegex("passw|passphrase|secret|token|credential|(private|api|access)_?key|://[^/@' ]*:[^/@' ]*@", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();
}
