namespace PluginUpgrade;

/// <summary>A setting of the server that must have a certain value before the module runs, as <c>SHOW</c> tells it.</summary>
/// <remarks>
/// Asked of the session that krang-upgrade has in the target's database, so settings of the database and of the role count. Compared
/// without regard to case: <c>[RequiresSetting("wal_level", "logical")]</c>. Looked at before anything changes. One that takes a new
/// start of the server, and one that no earlier step in that database could change, refuses the upgrade (KU-3232); else it is looked at
/// again right before the step and fails that step (KU-5045). Read from metadata, also of base classes; applies to every step that the
/// module has.
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
