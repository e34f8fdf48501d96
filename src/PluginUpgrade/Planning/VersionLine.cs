namespace PluginUpgrade.Planning;

/// <summary>One component's modules in the order of their versions.</summary>
public sealed record VersionLine(string Component, IReadOnlyList<UpgradeModule> Modules)
{
    public bool IsProduct => Component.Length == 0;

    public UpgradeVersion Newest => Modules.Count > 0 ? Modules[^1].Version : UpgradeVersion.Zero;

    /// <summary>The product first, also where it has no modules; then add-ons by name.</summary>
    public static IReadOnlyList<VersionLine> Of(IReadOnlyList<UpgradeModule> modules) =>
    [
        .. modules.Select(module => module.Component).Append("").Distinct().Order(StringComparer.Ordinal)
            .Select(component => new VersionLine(component, [.. modules.Where(m => m.Component == component).OrderBy(m => m.Version)])),
    ];

    /// <summary>The version as its module spells it, where there is one.</summary>
    public UpgradeVersion Spelled(UpgradeVersion version) =>
        Modules.FirstOrDefault(module => module.Version == version)?.Version ?? version;
}
