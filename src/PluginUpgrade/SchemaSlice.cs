using System.Security.Cryptography;
using System.Text;

namespace PluginUpgrade;

/// <summary>The declared changes of one version, for the targets of one scope.</summary>
/// <param name="Changes">In the order in which they are made: by phase.</param>
public sealed record SchemaSlice(UpgradeVersion Version, IReadOnlyList<SchemaChange> Changes)
{
    /// <summary>
    /// Lower-case hexadecimal. Equal for equal changes, however and in whatever order they are made, in every release of krang-upgrade.
    /// </summary>
    public string Sha256 { get; } = HashOf(Changes);

    /// <summary>The same of the changes up to the version's module.</summary>
    public string ExpandSha256 { get; } = HashOf(Changes.Where(change => change.Phase <= SchemaPhase.Expand));

    /// <summary>The first changes, and how many more there are.</summary>
    public string Summary => string.Join(", ", Changes.Count > Named
        ? Changes.Take(Named).Select(change => change.Summary).Append($"{Changes.Count - Named} more")
        : Changes.Select(change => change.Summary));

    private const int Named = 3;

    /// <summary>Whether it destroys data of a target that was at this version before the plan.</summary>
    public bool DestroysDataOf(UpgradeVersion before) => Changes.Any(change => change.DestroysSince <= before);

    public IEnumerable<SchemaChange> In(SchemaPhase phase) => Changes.Where(change => change.Phase == phase);

    /// <summary>The tables that it locks, by their names before this version.</summary>
    public IEnumerable<string> Tables => Changes.Select(change => change.Table).OfType<string>().Distinct();

    private static string HashOf(IEnumerable<SchemaChange> changes) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', changes.Select(change => change.Canonical)
            .Where(line => line.Length > 0).Order(StringComparer.Ordinal)))));
}
