namespace PluginUpgrade;

/// <summary>Names of PostgreSQL objects.</summary>
public static class PostgresName
{
    /// <summary>
    /// The longest name in bytes (<c>NAMEDATALEN - 1</c>; https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
    /// PostgreSQL truncates longer names silently.
    /// </summary>
    public const int MaxBytes = 63;

    /// <summary>
    /// The name as a quoted identifier, safe in SQL with any characters: <c>we"ird</c> gives <c>"we""ird"</c>.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The name is empty, contains a NUL or half of a surrogate pair, or is longer than <see cref="MaxBytes"/> bytes in UTF-8.
    /// </exception>
    public static string Quote(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!IsText(name)) throw new ArgumentException("The name contains an incomplete character (an unpaired surrogate).", nameof(name));
        if (name.Contains('\0')) throw new ArgumentException("A PostgreSQL name cannot contain a NUL character.", nameof(name));
        if (System.Text.Encoding.UTF8.GetByteCount(name) > MaxBytes)
            throw new ArgumentException($"'{name}' is longer than the {MaxBytes} bytes that PostgreSQL keeps of a name.", nameof(name));
        return $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>Whether the name can be encoded: it has no half of a surrogate pair.</summary>
    internal static bool IsText(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (!char.IsSurrogate(name[i])) continue;
            if (i + 1 == name.Length || !char.IsSurrogatePair(name[i], name[i + 1])) return false;
            i++;
        }
        return true;
    }
}
