using System.Text.RegularExpressions;

namespace PluginUpgrade.Postgres;

/// <summary>Others' statements, for people.</summary>
public static partial class SqlText
{
    /// <summary>
    /// One line, shortened, without the texts in it: somebody's <c>ALTER ROLE … PASSWORD '…'</c> is nobody else's business. A text
    /// whose end was cut off counts too.
    /// </summary>
    public static string Shown(string statement)
    {
        var line = Spaces().Replace(Texts().Replace(statement, "'...'"), " ").Trim();
        return line.Length > 100 ? $"{line[..100]}..." : line;
    }

    [GeneratedRegex(@"[Ee]'(?:\\.|''|[^'\\])*(?:'|$)|'(?:''|[^'])*(?:'|$)|(\$\w*\$)[\s\S]*?(?:\1|$)")]
    private static partial Regex Texts();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
