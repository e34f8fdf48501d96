namespace PluginUpgrade;

/// <summary>
/// The target must have stood at this version, or a later one, of the module's component before the module runs: for modules that take
/// over what a certain release has left, where modules before that release are no longer shipped.
/// </summary>
/// <remarks>
/// Known from the target's journal and the plan, before anything changes: it is met where the target has that version, or where a module of
/// this version or a later one before this module's is in the drop folder (the same plan leads there), and nowhere else. Unmet it
/// refuses the upgrade (KU-3230). Read from metadata, also of base classes; applies to every step that the module has.
/// </remarks>
/// <param name="version">Included; older than the module's own version.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresVersionAttribute(string version) : Attribute
{
    /// <summary>As it was written. Text that is no version, or one that is not before the module's, is a problem of the module.</summary>
    public string Version { get; } = version;
}
