namespace PluginUpgrade;

/// <summary>
/// The target must have exactly this version of the module's component right before the module runs, neither an older nor a newer one.
/// For modules that read the data of one version, such as most <see cref="ISideBySideModule"/>s.
/// </summary>
/// <remarks>
/// Checked before anything changes, from the target's journal and the plan: earlier steps of the same plan count. Otherwise the upgrade is
/// refused (KU-3239). Read from metadata, also of base classes. Applies to every step of the module.
/// </remarks>
/// <param name="version">The required version. Must be older than the module's own version.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresExactlyAttribute(string version) : Attribute
{
    /// <summary>
    /// The version as it was written. Text that is not a version, or a version not older than the module's, is a problem of the module.
    /// </summary>
    public string Version { get; } = version;
}
