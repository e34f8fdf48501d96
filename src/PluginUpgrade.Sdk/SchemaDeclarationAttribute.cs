namespace PluginUpgrade;

/// <summary>
/// Says what a <see cref="ISchemaDeclaration"/> applies to. Without the attribute, it is the product's, and applies to every instance.
/// Read from metadata.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SchemaDeclarationAttribute : Attribute
{
    /// <summary>
    /// The line of versions that its versions belong to: an add-on's name, or empty (the default) for the product itself.
    /// </summary>
    public string Component { get; set; } = "";

    /// <summary>Whether it applies to the installation's schema. Default: no.</summary>
    public bool Installation { get; set; }

    /// <summary>Whether it applies to every instance's schema. Default: yes.</summary>
    public bool Instances { get; set; } = true;

    /// <summary>
    /// Whether the schema holds nothing besides what is declared, and what modules do needs not be repeated on a new instance: a new
    /// instance is then created at its newest version, and modules are not run for it. Default: no.
    /// </summary>
    public bool Complete { get; set; }

    /// <summary>
    /// The newest version that an upgrade without <c>--to</c> goes to. Empty (the default): the newest version since which something is
    /// declared. A version at which things only end is never gone to by default.
    /// </summary>
    public string Current { get; set; } = "";
}
