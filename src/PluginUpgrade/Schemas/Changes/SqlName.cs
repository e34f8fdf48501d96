using static PluginUpgrade.PostgresName;

namespace PluginUpgrade.Schemas.Changes;

/// <summary>Names and texts in SQL.</summary>
internal static class SqlName
{
    /// <param name="schema">Quoted.</param>
    /// <param name="name">Not quoted.</param>
    public static string In(string schema, string name) => $"{schema}.{Quote(name)}";

    public static string List(IEnumerable<string> names) => string.Join(", ", names.Select(Quote));

    /// <summary>A text as a literal, whatever <c>standard_conforming_strings</c> is.</summary>
    public static string Literal(string text)
    {
        var quoted = $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        return text.Contains('\\') ? $"E{quoted.Replace(@"\", @"\\", StringComparison.Ordinal)}" : quoted;
    }

    /// <summary>An anonymous block. It may contain any text: the quotes around it do not occur in it.</summary>
    public static string Block(string body)
    {
        var quote = "$krang$";
        for (var i = 1; body.Contains(quote, StringComparison.Ordinal); i++) quote = $"$krang{i}$";
        return $"DO {quote}\n{body}\n{quote}";
    }
}
