namespace PluginUpgrade.Planning;

/// <summary>One component's modules, oldest version first.</summary>
public sealed record Component(string Name, IReadOnlyList<UpgradeModule> Modules)
{
    public bool IsProduct => Name.Length == 0;

    /// <summary>
    /// For the product: the newest version of program files, installed or ready to be. A version may consist of program files only.
    /// </summary>
    public UpgradeVersion? Files { get; init; }

    public UpgradeVersion Newest => Modules.Select(module => module.Version).Append(Files ?? UpgradeVersion.Zero).Max();

    /// <summary>The product first, even without modules; then add-ons by name.</summary>
    public static IReadOnlyList<Component> Of(IReadOnlyList<UpgradeModule> modules) =>
    [
        .. modules.Select(module => module.Component).Append("").Distinct().Order(StringComparer.Ordinal)
            .Select(component => new Component(component, [.. modules.Where(m => m.Component == component).OrderBy(m => m.Version)])),
    ];

    /// <summary>The version as its module spells it, if it has a module.</summary>
    public UpgradeVersion Spelled(UpgradeVersion version) =>
        Modules.FirstOrDefault(module => module.Version == version)?.Version ?? version;
}
