using System.Text;
using System.Text.RegularExpressions;

namespace PluginUpgrade.Settings;

/// <summary>What an instance may be called: names appear in messages, file names and command lines.</summary>
public static partial class InstanceName
{
    /// <returns>What is wrong, as a continuation of "the name …"; null if nothing is.</returns>
    public static string? Fault(string name) => name switch
    {
        "" => "is empty",
        _ when name.Equals("installation", StringComparison.OrdinalIgnoreCase) => "is reserved for the installation itself",
        _ when !Allowed().IsMatch(name) => "contains characters that are not allowed, or is too long",
        _ => null,
    };

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}\z")]
    private static partial Regex Allowed();
}

public static class SchemaName
{
    public static string? Fault(string name, bool ofTarget) => name switch
    {
        "" => "is empty",
        _ when Encoding.UTF8.GetByteCount(name) > PostgresName.MaxBytes =>
            $"is longer than the {PostgresName.MaxBytes} bytes that PostgreSQL keeps, so different names could become the same",
        // Line breaks in names have misled dump and restore tools (CVE-2025-8715).
        _ when name.Any(char.IsControl) => "contains a control character",
        _ when !PostgresName.IsText(name) =>
                "contains an incomplete character (an unpaired surrogate), which a server cannot store",
        _ when ofTarget && (name.StartsWith("pg_", StringComparison.Ordinal) || name == "information_schema") =>
                "is reserved by PostgreSQL",
        _ => null,
    };
}
