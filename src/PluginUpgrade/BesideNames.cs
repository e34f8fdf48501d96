using System.Text;

namespace PluginUpgrade;

/// <summary>The names of what lies beside a live schema or database during and after a side-by-side upgrade.</summary>
public static class BesideNames
{
    private const string NextEnd = "__next", BeforeEnd = "__before", FailedEnd = "__failed";

    /// <summary>The longest live name, in bytes of UTF-8: PostgreSQL cuts names after 63.</summary>
    public const int MaxBytes = 63 - 8;

    /// <summary>The live name of a target: of its schema, or of the database that it owns.</summary>
    public static string Live(Target target) => target.OwnDatabase ? target.DatabaseName : target.Schema;

    /// <summary>What is being built.</summary>
    public static string Next(string live) => live + NextEnd;

    /// <summary>What was live before the last exchange.</summary>
    public static string Before(string live) => live + BeforeEnd;

    /// <summary>What failed, or was rolled back.</summary>
    public static string Failed(string live) => live + FailedEnd;

    public static IReadOnlyList<string> All(string live) => [Next(live), Before(live), Failed(live)];

    /// <summary>Whether no instance may have this name for its schema or database.</summary>
    public static bool IsReserved(string name) =>
        new[] { NextEnd, BeforeEnd, FailedEnd }.Any(end => name.EndsWith(end, StringComparison.Ordinal) && name.Length > end.Length);

    public static bool IsTooLong(string live) => Encoding.UTF8.GetByteCount(live) > MaxBytes;
}
