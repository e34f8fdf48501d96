namespace PluginUpgrade;

/// <summary>The versions of an upgrade: <c>(From, To]</c>, the start excluded and the end included.</summary>
/// <param name="From">The version that the target already has; excluded.</param>
/// <param name="To">The version that the target is upgraded to; included, unless the range is empty.</param>
public readonly record struct VersionRange(UpgradeVersion From, UpgradeVersion To)
{
    /// <summary>Whether the range contains no version: <see cref="To"/> is not newer than <see cref="From"/>.</summary>
    public bool IsEmpty => To <= From;

    /// <summary>Whether <paramref name="version"/> is newer than <see cref="From"/> and not newer than <see cref="To"/>.</summary>
    public bool Contains(UpgradeVersion version) => version > From && version <= To;

    /// <summary>As in <c>(1.001, 1.004]</c>.</summary>
    public override string ToString() => $"({From}, {To}]";
}
