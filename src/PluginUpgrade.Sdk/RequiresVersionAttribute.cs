namespace PluginUpgrade;

/// <summary>
/// The target must have this version of the module's component, or a later one, before the module runs. For modules that continue from a
/// certain release, when the modules before that release are no longer shipped.
/// </summary>
/// <remarks>
/// Checked before anything changes, from the target's journal and the plan. It is met if the target has that version, or if the drop folder
/// has a module of that version or later that comes before this module (the same plan then reaches it). Otherwise the upgrade is refused
/// (KU-3230). Read from metadata, also of base classes. Applies to every step of the module.
/// </remarks>
/// <param name="version">The oldest sufficient version, included. Must be older than the module's own version.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresVersionAttribute(string version) : Attribute
{
    /// <summary>
    /// The version as it was written. Text that is not a version, or a version not older than the module's, is a problem of the module.
    /// </summary>
    public string Version { get; } = version;
}
