namespace PluginUpgrade;

/// <summary>An extension that must be installed in the target's database (<c>pg_extension</c>) before the module runs.</summary>
/// <remarks>
/// Looked at before anything changes. Where no step that runs earlier in that database could install it, or the server does not offer
/// it at all, the upgrade is refused (KU-3231); else it is looked at again right before the step, in the step's transaction, and fails
/// that step (KU-5045). Read from metadata, also of base classes; applies to every step that the module has: for
/// <c>PerInstallation</c> in the installation's database, for <c>PerInstance</c> in the instance's.
/// </remarks>
/// <param name="name">As in <c>CREATE EXTENSION</c>: <c>pg_trgm</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class RequiresExtensionAttribute(string name) : Attribute
{
    /// <summary>The extension's name. An empty one is a problem of the module.</summary>
    public string Name { get; } = name;

    /// <summary>
    /// The oldest version that will do, included, compared number by number as <see cref="UpgradeVersion"/> does (<c>1.6</c> is older
    /// than <c>1.10</c>); empty (the default) for any. Text that is no version is a problem of the module.
    /// </summary>
    public string MinimumVersion { get; set; } = "";
}
