using System.Text;

namespace PluginUpgrade.Schemas;

/// <summary>
/// Names as PostgreSQL derives them (<c>makeObjectName</c> in
/// https://github.com/postgres/postgres/blob/master/src/backend/commands/indexcmds.c): <c>TABLE_COLUMN_key</c>, in at most 63 bytes.
/// </summary>
internal static class ObjectName
{
    public static string Of(string table, string? column, string label)
    {
        var room = PostgresName.MaxBytes - label.Length - 1 - (column is null ? 0 : 1);
        var (first, second) = (Bytes(table), column is null ? 0 : Bytes(column));
        while (first + second > room)
            if (first > second) first--;
            else second--;
        return column is null ? $"{Beginning(table, first)}_{label}" : $"{Beginning(table, first)}_{Beginning(column, second)}_{label}";
    }

    /// <summary>Of a key of several columns; PostgreSQL looks at no more of them than could be of use.</summary>
    public static string Of(string table, IEnumerable<string> columns, string label)
    {
        var joined = new StringBuilder();
        foreach (var column in columns)
        {
            if (Bytes(joined.ToString()) > PostgresName.MaxBytes) break;
            joined.Append(joined.Length == 0 ? "" : "_").Append(column);
        }
        return Of(table, joined.ToString(), label);
    }

    private static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);

    /// <summary>As many whole characters as fit.</summary>
    private static string Beginning(string text, int bytes)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if ((bytes -= rune.Utf8SequenceLength) < 0) break;
            length += rune.Utf16SequenceLength;
        }
        return text[..length];
    }
}
