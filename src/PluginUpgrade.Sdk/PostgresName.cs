namespace PluginUpgrade;

/// <summary>Names of PostgreSQL objects.</summary>
public static class PostgresName
{
    /// <summary>
    /// How many bytes of a name PostgreSQL keeps (<c>NAMEDATALEN - 1</c>; https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
    /// It cuts longer ones off silently.
    /// </summary>
    public const int MaxBytes = 63;

    /// <summary>
    /// The name as a quoted identifier, safe to put into SQL whatever characters it holds: <c>we"ird</c> gives <c>"we""ird"</c>.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The name is empty, holds a NUL, or is longer than <see cref="MaxBytes"/> bytes in UTF-8.
    /// </exception>
    public static string Quote(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('\0')) throw new ArgumentException("A PostgreSQL name holds no NUL character.", nameof(name));
        if (System.Text.Encoding.UTF8.GetByteCount(name) > MaxBytes)
            throw new ArgumentException($"'{name}' is longer than the {MaxBytes} bytes that PostgreSQL keeps of a name.", nameof(name));
        return $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
