namespace PluginUpgrade;

/// <summary>The version from which on something of a declared schema exists, or a change of it holds: this version included.</summary>
/// <remarks>
/// Converted from a string, so that a declaration reads <c>since: "0.0.20"</c>. Text that is not a version is a mistake of the declaration,
/// reported with all others.
/// </remarks>
/// <param name="Version">The version as it was written.</param>
public readonly record struct Since(string Version)
{
    /// <summary>The version as it was written.</summary>
    public static implicit operator Since(string version) => new(version);

    /// <summary><see cref="Version"/>.</summary>
    public override string ToString() => Version;
}

/// <summary>
/// The version at which something of a declared schema no longer exists: it is removed by this version's upgrade, after the version's
/// module has run.
/// </summary>
/// <remarks>Converted from a string, as <see cref="Since"/>. Must be newer than the version from which on it exists.</remarks>
/// <param name="Version">The version as it was written.</param>
public readonly record struct Till(string Version)
{
    /// <summary>The version as it was written.</summary>
    public static implicit operator Till(string version) => new(version);

    /// <summary><see cref="Version"/>.</summary>
    public override string ToString() => Version;
}
