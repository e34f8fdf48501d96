namespace PluginUpgrade;

/// <summary>An extension that must be installed in the target's database (<c>pg_extension</c>) before the module runs.</summary>
/// <remarks>
/// Checked before anything changes. If it is missing and no earlier step in that database could install it, or if the server does not
/// offer it, the upgrade is refused (KU-3231). Otherwise it is checked again right before the step, in the step's transaction, and fails
/// that step if it is missing (KU-5045). Read from metadata, also of base classes. Applies to every step of the module: for
/// <c>PerInstallation</c> in the installation's database, for <c>PerInstance</c> in the instance's.
/// </remarks>
/// <param name="name">As in <c>CREATE EXTENSION</c>: <c>pg_trgm</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class RequiresExtensionAttribute(string name) : Attribute
{
    /// <summary>The extension's name. An empty one is a problem of the module.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// The oldest sufficient version, included, compared number by number as <see cref="UpgradeVersion"/> does (<c>1.6</c> is older than
    /// <c>1.10</c>); empty (the default) accepts any version. Text that is not a version is a problem of the module.
    /// </summary>
    public string MinimumVersion { get; set; } = "";
}
