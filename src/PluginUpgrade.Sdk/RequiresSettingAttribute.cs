namespace PluginUpgrade;

/// <summary>A setting of the server that must have a certain value, as <c>SHOW</c> prints it, before the module runs.</summary>
/// <remarks>
/// Read in krang-upgrade's session in the target's database, so settings of the database and of the role count. The comparison is not
/// case-sensitive: <c>[RequiresSetting("wal_level", "logical")]</c>. Checked before anything changes. A wrong value refuses the upgrade
/// (KU-3232) if changing it requires a server restart, or if no earlier step in that database could change it. Otherwise it is checked
/// again right before the step, and fails that step (KU-5045). Read from metadata, also of base classes. Applies to every step of the
/// module.
/// </remarks>
/// <param name="name">As in <c>SHOW</c>: <c>wal_level</c>.</param>
/// <param name="value">As <c>SHOW</c> spells it, with its unit: <c>64MB</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class RequiresSettingAttribute(string name, string value) : Attribute
{
    /// <summary>The setting's name. An empty one is a problem of the module.</summary>
    public string Name { get; } = name;

    /// <summary>The value that it must have.</summary>
    public string Value { get; } = value;
}
