using System.Diagnostics.CodeAnalysis;

namespace PluginUpgrade;

/// <summary>
/// A version: whole numbers separated by dots, any number of them and of any size (<c>1.004</c>, <c>0.0.20</c>, <c>20261120.1</c>).
/// Compared number by number; a missing number is 0: 1.9 &lt; 1.10 &lt; 1.100, and <c>1.4</c>, <c>1.004</c> and <c>1.4.0</c> are equal.
/// It is never compared as a decimal fraction or as text. Its original spelling is kept for display.
/// </summary>
/// <remarks><c>default</c> is version 0, which is older than every other version.</remarks>
public readonly struct UpgradeVersion : IEquatable<UpgradeVersion>, IComparable<UpgradeVersion>, IComparable
{
    /// <summary>The longest spelling that is accepted, in characters.</summary>
    public const int MaxLength = 100;

    private readonly string? _text;
    private readonly string? _key;

    private UpgradeVersion(string text, string key) => (_text, _key) = (text, key);

    /// <summary>Version 0: the version of an empty target.</summary>
    public static UpgradeVersion Zero => default;

    /// <summary>
    /// The original spelling without a leading <c>V</c> and with dots, as in <c>1.004</c>. Equal versions may be spelled differently; see
    /// <see cref="Key"/>.
    /// </summary>
    public string Text => _text ?? "0";

    /// <summary>
    /// The one spelling that all equal versions share: no leading zeros, no trailing <c>.0</c> (<c>1.4</c> for <c>1.004</c>;
    /// <c>0</c> for zero). Use it to store and look up versions, not to sort them.
    /// </summary>
    public string Key => _key ?? "0";

    /// <summary>Reads <c>1.004</c>, <c>v1.4</c> or a class name such as <c>V1_004</c>.</summary>
    /// <exception cref="FormatException">The text is not a version.</exception>
    public static UpgradeVersion Parse(string text) => TryParse(text, out var version)
        ? version
        : throw new FormatException($"'{text}' is not a version. Write whole numbers with dots between them, such as 1.004 or V1_004.");

    /// <summary>
    /// As <see cref="Parse"/>, but returns <see langword="false"/> instead of throwing, also for <see langword="null"/>.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out UpgradeVersion version)
    {
        version = default;
        if (text is null or "" || text.Length > MaxLength) return false;
        var numbers = text.AsSpan(text[0] is 'v' or 'V' ? 1 : 0).ToString().Replace('_', '.');
        var parts = numbers.Split('.');
        if (parts.Any(part => part.Length == 0 || part.AsSpan().ContainsAnyExceptInRange('0', '9'))) return false;

        var significant = parts.Select(part => part.TrimStart('0')).Select(part => part.Length == 0 ? "0" : part).ToList();
        while (significant.Count > 1 && significant[^1] == "0") significant.RemoveAt(significant.Count - 1);
        version = new UpgradeVersion(numbers, string.Join('.', significant));
        return true;
    }

    /// <summary>Negative if this version is older than <paramref name="other"/>, zero if equal, positive if newer.</summary>
    public int CompareTo(UpgradeVersion other)
    {
        var (mine, theirs) = (Key.Split('.'), other.Key.Split('.'));
        for (var i = 0; i < Math.Max(mine.Length, theirs.Length); i++)
        {
            var (a, b) = (i < mine.Length ? mine[i] : "0", i < theirs.Length ? theirs[i] : "0");
            // Without leading zeros, the longer number is the larger one. This compares numbers of any size.
            var order = a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b);
            if (order != 0) return order;
        }
        return 0;
    }

    int IComparable.CompareTo(object? obj) => obj switch
    {
        null => 1,
        UpgradeVersion other => CompareTo(other),
        _ => throw new ArgumentException($"An {nameof(UpgradeVersion)} can only be compared with another one.", nameof(obj)),
    };

    /// <inheritdoc/>
    public bool Equals(UpgradeVersion other) => Key == other.Key;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is UpgradeVersion other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Key);

    /// <summary><see cref="Text"/>.</summary>
    public override string ToString() => Text;

    /// <summary>Whether both are the same version, even if spelled differently.</summary>
    public static bool operator ==(UpgradeVersion left, UpgradeVersion right) => left.Equals(right);

    /// <summary>Whether they are different versions.</summary>
    public static bool operator !=(UpgradeVersion left, UpgradeVersion right) => !left.Equals(right);

    /// <summary>Whether <paramref name="left"/> is older.</summary>
    public static bool operator <(UpgradeVersion left, UpgradeVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is older or the same.</summary>
    public static bool operator <=(UpgradeVersion left, UpgradeVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is newer.</summary>
    public static bool operator >(UpgradeVersion left, UpgradeVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is newer or the same.</summary>
    public static bool operator >=(UpgradeVersion left, UpgradeVersion right) => left.CompareTo(right) >= 0;
}
