namespace PluginUpgrade;

/// <summary>The versions that an upgrade passes through: <c>(From, To]</c>, the start excluded and the end included.</summary>
/// <param name="From">The version that the target already has. Not contained in the range.</param>
/// <param name="To">Where it is taken. Contained in the range, unless the range is empty.</param>
public readonly record struct VersionRange(UpgradeVersion From, UpgradeVersion To)
{
    /// <summary>Whether no version lies in the range: <see cref="To"/> is <see cref="From"/> or older.</summary>
    public bool IsEmpty => To <= From;

    /// <summary>Whether <paramref name="version"/> is newer than <see cref="From"/> and not newer than <see cref="To"/>.</summary>
    public bool Contains(UpgradeVersion version) => version > From && version <= To;

    /// <summary>As in <c>(1.001, 1.004]</c>.</summary>
    public override string ToString() => $"({From}, {To}]";
}
