using Npgsql;

namespace PluginUpgrade.Settings;

/// <summary>Options of a connection string that Npgsql would fail on later, with an exception that nobody expects there.</summary>
internal static class ConnectionOptions
{
    private const string SessionAttributes = "Target Session Attributes";

    /// <summary>Where a server may be told to be anything that takes writes; it is looked for in any case.</summary>
    private static readonly string[] Primary = ["any", "primary", "prefer-primary", "read-write"];

    /// <returns>What is wrong, in words that repeat no value; null where nothing is.</returns>
    public static string? Fault(NpgsqlConnectionStringBuilder address)
    {
        if (address.TargetSessionAttributes is { Length: > 0 } asked && !Primary.Contains(asked, StringComparer.OrdinalIgnoreCase))
            return $"'{SessionAttributes}' asks for a server that is not the primary, but an upgrade must write.";
        if (address.Multiplexing) return "'Multiplexing' cannot be used: a target's lock belongs to one session.";
        return null;
    }

    /// <summary>
    /// Of several hosts the primary one is taken in any case, and Npgsql refuses these words where there is one host.
    /// </summary>
    public static void RemoveOverruled(NpgsqlConnectionStringBuilder address)
    {
        address.Remove(SessionAttributes);
        address.Remove("Load Balance Hosts");
    }
}
