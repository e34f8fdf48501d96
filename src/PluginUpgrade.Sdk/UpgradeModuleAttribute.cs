namespace PluginUpgrade;

/// <summary>
/// Declares the version that a module upgrades to. krang-upgrade reads the attribute from the assembly's metadata without running any code,
/// and decides from it whether to run the module.
/// </summary>
/// <param name="version">
/// The version, such as <c>1.002</c>. If the class name is a version too (<c>V1_002</c>), both must name the same one.
/// </param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class UpgradeModuleAttribute(string version) : Attribute
{
    /// <summary>The version as it was written. Text that is not a version is a problem of the module.</summary>
    public string Version { get; } = version;

    /// <summary>
    /// The line of versions that <see cref="Version"/> belongs to: an add-on's name, or empty (the default) for the product itself.
    /// </summary>
    public string Component { get; set; } = "";

    /// <summary>
    /// Set to false if the module uses statements that PostgreSQL refuses in a transaction (<c>CREATE INDEX CONCURRENTLY</c>), or works in
    /// batches. Its methods then run without a transaction: what an interrupted attempt did stays. Therefore the module must be
    /// <see cref="Repeatable"/>, or report in <see cref="IUpgradeModule.VerifyInstance"/> and
    /// <see cref="IUpgradeModule.VerifyInstallation"/> whether it was done. A module with neither is refused before anything runs.
    /// </summary>
    public bool Transactional { get; set; } = true;

    /// <summary>
    /// Whether the methods of a module that is not <see cref="Transactional"/> can be called again after an attempt that was interrupted at
    /// any point, and then do what is left. Methods of <see cref="ConcurrentStatements"/> and
    /// <see cref="UpgradeContext.InBatchesAsync"/> can.
    /// </summary>
    public bool Repeatable { get; set; }

    /// <summary>
    /// Set to true if the module destroys data that no later step can recover: it drops tables or columns with their data, or overwrites
    /// values. By default krang-upgrade then saves the step's targets before an upgrade that includes it (<c>Run:Save</c>), as it does for
    /// modules that are not <see cref="Transactional"/>; <c>plan</c> shows it.
    /// </summary>
    public bool Irreversible { get; set; }

    /// <summary>What this module changes, in one line. Shown by <c>plan</c>, <c>modules</c> and in the log.</summary>
    public string Description { get; set; } = "";
}
