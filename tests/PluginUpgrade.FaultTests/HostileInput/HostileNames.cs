using System.Globalization;
using System.Text;

namespace PluginUpgrade.FaultTests.HostileInput;

/// <summary>Names that have broken software: for PostgreSQL, shells, file systems, terminals, formats.</summary>
internal static class HostileNames
{
    private static readonly string[] Pieces =
    [
        "'", "\"", "\\", ";", "--", "/*", "*/", "$$", "$1", "%s", "%n", "%00", "{0}", "{", "}", "`", "$(id)", "|", "&", "<",
        ">", "#", "!", "?", "*", "~", "=", "+", ",", ":", "@", "^", " ", "  ", "\t", "\n", "\r", "\0", "\u0001", "\u001b[2J",
        "\u007f", "\u0085", "\u00a0", "\u00ad", "\u200b", "\u200e", "\u202e", "\u2028", "\u2029", "\ufeff", "\ufffd",
        "\uffff", "\ud800", "\udc00", "\ud83d", "😀", "e\u0301", "é", "ß", "İ", "ı", "漢字", "עברית", "العربية", "a", "A", "0",
        "_", "-", ".", "..", "/", "../", "pg_", "public", "NULL", "true", "\\'", "\\\"", "E'", "U&\"",
    ];

    private static readonly string[] Words =
    [
        "select", "SELECT", "table", "user", "group", "order", "all", "default", "primary", "public", "PUBLIC", "pg_catalog",
        "pg_toast", "pg_temp", "pg_mine", "PG_mine", "information_schema", "INFORMATION_SCHEMA", "none", "current_user",
        "postgres", "template0", "krang_upgrade_journal", "installation", "Installation", "CON", "NUL", "aux", "com1",
        "desktop.ini", ".", "..", "...", "-", "--", "-rf", "--help", "--yes", "~", "~root", "$HOME", "${IFS}", "%PATH%",
        "undefined", "null", "None", "NaN", "Infinity", "1e309", "0x10", "-1", "007", "1.0", "true", "",
        "acme'; DROP TABLE canary.story; --", "acme\"; DROP TABLE canary.story; --",
        "acme\"\"; DROP SCHEMA canary CASCADE; --", "'; SELECT pg_sleep(10); --", "\"; COMMIT; --", "acme\\", "acme\\\"",
        "\";--", "a\"b\"c", "\"\"", "\"", "'", "''", "$tag$x$tag$", "acme\nDROP TABLE canary.story", "\\! id", "a\\nb",
        "../../etc/passwd", "/etc/passwd", "a/b", "file:///etc", "C:\\Windows", "<script>alert(1)</script>", "[red]x[/]",
        "[/]", "[[x]]", "{{x}}", "${jndi:ldap://x}", "%x%x%x", "a b", " a", "a ", "\ta", "a\u00a0",
    ];

    /// <summary>Three hundred: all words and pieces, pieces inside names, and names about as long as PostgreSQL keeps.</summary>
    public static IReadOnlyList<string> Fixed { get; } =
    [
        .. Words.Concat(Pieces).Concat(Pieces.Select(piece => $"a{piece}b")).Concat(Long).Concat(Pieces.Select(piece => $"{piece}{piece}"))
            .Concat(Pieces.Select(piece => $"{piece}x")).Distinct(StringComparer.Ordinal).Take(300),
    ];

    private static IEnumerable<string> Long =>
        from letter in (string[])["x", "é", "漢", "😀", "\""]
        from bytes in (int[])[62, 63, 64, 65, 127, 1000]
        select string.Concat(Enumerable.Repeat(letter, bytes / Encoding.UTF8.GetByteCount(letter)))
            + new string('y', bytes % Encoding.UTF8.GetByteCount(letter));

    public static string Random(Random random)
    {
        var name = new StringBuilder();
        for (var pieces = random.Next(1, 9); pieces > 0; pieces--)
            name.Append(random.Next(4) == 0 ? $"{(char)random.Next(0x10000)}" : Pieces[random.Next(Pieces.Length)]);
        return name.ToString();
    }

    /// <summary>For messages: every character that is not plain is spelled out.</summary>
    public static string Show(string name) => string.Concat(name.Take(80).Select(c =>
        c is > ' ' and < (char)0x7f ? $"{c}" : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")));
}
