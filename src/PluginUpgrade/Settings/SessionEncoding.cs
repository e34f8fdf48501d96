using Npgsql;

namespace PluginUpgrade.Settings;

/// <summary>
/// Sessions are UTF8, always: with any other encoding the letters of modules and journals would arrive as others, without a word.
/// </summary>
public static class SessionEncoding
{
    public const string Variable = "PGCLIENTENCODING";

    /// <returns>What a connection string asks for besides UTF8, without any other part of it; null where it asks for nothing.</returns>
    public static string? Other(string connectionString)
    {
        try
        {
            var address = new NpgsqlConnectionStringBuilder(connectionString);
            if (address.Options?.Contains("client_encoding", StringComparison.OrdinalIgnoreCase) is true)
                return "client_encoding in Options";
            return IsOther(address.ClientEncoding) ? "Client Encoding" : IsOther(address.Encoding) ? "Encoding" : null;
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or FormatException
            or OverflowException or InvalidCastException)
        {
            // What is wrong with it is reported elsewhere.
            return null;
        }
    }

    public static bool IsOther(string? encoding) => !string.IsNullOrWhiteSpace(encoding)
        && string.Concat(encoding.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant() is not ("UTF8" or "UNICODE");
}
