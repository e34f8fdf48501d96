using System.Text;
using Npgsql;

namespace PluginUpgrade.Settings;

/// <summary>Connection strings as people configure them.</summary>
public static class DatabaseAddress
{
    /// <returns>What is wrong with it, without repeating any of it (it may hold a password); null where nothing is.</returns>
    public static string? Fault(string connectionString, bool complete)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            if (complete && string.IsNullOrEmpty(builder.Host)) return "it names no Host.";
            // The server cuts them off, so that two databases would be one.
            var cut = TooLong(builder.Database) ? "Database" : TooLong(builder.Username) ? "Username" : null;
            return cut is null ? null : $"its {cut} is longer than the {PostgresName.MaxBytes} bytes that PostgreSQL keeps.";
        }
        catch (Exception e) when (e is ArgumentException or KeyNotFoundException or FormatException
            or OverflowException or InvalidCastException)
        {
            // Npgsql's message names the keyword alone; an inner one might hold the value.
            return e is ArgumentException { ParamName: { Length: > 0 } keyword }
                ? $"the keyword '{keyword}' or its value."
                : "see the keywords.";
        }
    }

    private static bool TooLong(string? name) => name is not null && Encoding.UTF8.GetByteCount(name) > PostgresName.MaxBytes;

    /// <summary>An instance's connection string: the installation's, with what the instance says over it.</summary>
    public static NpgsqlConnectionStringBuilder Merge(string installation, string? instance)
    {
        var merged = new NpgsqlConnectionStringBuilder(installation);
        if (instance is null) return merged;
        var own = new NpgsqlConnectionStringBuilder(instance);
        foreach (string keyword in own.Keys) merged[keyword] = own[keyword];
        return merged;
    }

    /// <summary>Host and port, for people and for counting connections to one server.</summary>
    public static string Server(NpgsqlConnectionStringBuilder builder) =>
        builder.Host is { } host && host.Contains(',') ? host : $"{builder.Host}:{builder.Port}";
}
