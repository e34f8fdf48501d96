using Npgsql;

namespace PluginUpgrade.Settings;

/// <summary>Sessions always use UTF8: with any other encoding, characters of modules and journals would silently become others.</summary>
public static class SessionEncoding
{
    public const string Variable = "PGCLIENTENCODING";

    /// <returns>
    /// What a connection string requests other than UTF8, without any other part of it; null if it requests nothing else.
    /// </returns>
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
            // Its errors are reported elsewhere.
            return null;
        }
    }

    public static bool IsOther(string? encoding) => !string.IsNullOrWhiteSpace(encoding)
        && string.Concat(encoding.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant() is not ("UTF8" or "UNICODE");
}
