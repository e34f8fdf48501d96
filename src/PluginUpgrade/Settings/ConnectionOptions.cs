using Npgsql;

namespace PluginUpgrade.Settings;

/// <summary>Finds options of a connection string on which Npgsql would fail later, with an exception that nobody expects there.</summary>
internal static class ConnectionOptions
{
    private const string SessionAttributes = "Target Session Attributes";

    /// <summary>Values that allow a server that accepts writes; such a server is chosen in any case.</summary>
    private static readonly string[] Primary = ["any", "primary", "prefer-primary", "read-write"];

    /// <returns>What is wrong, as text that repeats no value; null if nothing is.</returns>
    public static string? Fault(NpgsqlConnectionStringBuilder address)
    {
        if (address.TargetSessionAttributes is { Length: > 0 } asked && !Primary.Contains(asked, StringComparer.OrdinalIgnoreCase))
            return $"'{SessionAttributes}' asks for a server that is not the primary, but an upgrade must write.";
        if (address.Multiplexing) return "'Multiplexing' cannot be used: a target's lock belongs to one session.";
        return null;
    }

    /// <summary>Of several hosts the primary is always chosen, and Npgsql refuses these options for a single host.</summary>
    public static void RemoveOverruled(NpgsqlConnectionStringBuilder address)
    {
        address.Remove(SessionAttributes);
        address.Remove("Load Balance Hosts");
    }
}
