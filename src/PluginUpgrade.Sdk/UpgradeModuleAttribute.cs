namespace PluginUpgrade;

/// <summary>
/// Says which version a module leads to. krang-upgrade reads it from the assembly's metadata, without running any code, so the arguments
/// are all it knows of a module before deciding to run it.
/// </summary>
/// <param name="version">
/// The version, such as <c>1.002</c>. Where the class is named for a version too (<c>V1_002</c>), both must name the same one.
/// </param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class UpgradeModuleAttribute(string version) : Attribute
{
    /// <summary>The version as it was written. Text that is no version is reported as a problem of the module.</summary>
    public string Version { get; } = version;

    /// <summary>
    /// The line of versions that <see cref="Version"/> belongs to: an add-on's name, or empty (the default) for the product itself.
    /// </summary>
    public string Component { get; set; } = "";

    /// <summary>
    /// False where the module does what PostgreSQL refuses in a transaction (<c>CREATE INDEX CONCURRENTLY</c>), or works in batches. Its
    /// methods then run without one: what an interrupted attempt did stays, so the module must be <see cref="Repeatable"/> or tell by
    /// <see cref="IUpgradeModule.VerifyInstance"/> and <see cref="IUpgradeModule.VerifyInstallation"/> whether it was done. One that
    /// can do neither is refused before anything runs.
    /// </summary>
    public bool Transactional { get; set; } = true;

    /// <summary>
    /// Whether the methods of a module that is not <see cref="Transactional"/> may be called again after an attempt that ended anywhere in
    /// the middle, and then do what is left. <see cref="ConcurrentStatements"/> and <see cref="UpgradeContext.InBatchesAsync"/> are.
    /// </summary>
    public bool Repeatable { get; set; }

    /// <summary>
    /// True where the module destroys what no later step could bring back: it drops tables or columns with their data, or changes values
    /// so that the old ones are lost. By default krang-upgrade then saves the step's targets before an upgrade that has it pending
    /// (<c>Run:Save</c>), as it does for modules that are not <see cref="Transactional"/>; <c>plan</c> shows it.
    /// </summary>
    public bool Irreversible { get; set; }

    /// <summary>One line for people: what this module changes. Shown by <c>plan</c>, <c>modules</c> and in the log.</summary>
    public string Description { get; set; } = "";
}
