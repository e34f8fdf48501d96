using PluginUpgrade.Schemas;

namespace PluginUpgrade.Planning;

/// <summary>One component's modules, oldest version first.</summary>
public sealed record Component(string Name, IReadOnlyList<UpgradeModule> Modules)
{
    /// <summary>Its declared schemas: at most one for each scope.</summary>
    public IReadOnlyList<SchemaHistory> Histories { get; init; } = [];

    public bool IsProduct => Name.Length == 0;

    /// <summary>
    /// For the product: the newest version of program files, installed or ready to be. A version may consist of program files only.
    /// </summary>
    public UpgradeVersion? Files { get; init; }

    /// <summary>The version that an upgrade goes to by default.</summary>
    public UpgradeVersion Newest =>
        Modules.Where(module => module.IsGoal).Select(module => module.Version).Append(Files ?? UpgradeVersion.Zero).Max();

    /// <summary>The newest version that anything here has, also one that is never gone to by default.</summary>
    public UpgradeVersion NewestKnown => Modules.Select(module => module.Version).Append(Newest).Max();

    /// <summary>The product first, even without modules; then add-ons by name.</summary>
    public static IReadOnlyList<Component> Of(IReadOnlyList<UpgradeModule> modules, IReadOnlyList<SchemaHistory>? histories = null) =>
    [
        .. modules.Select(module => module.Component).Append("").Distinct().Order(StringComparer.Ordinal)
            .Select(component => new Component(component, [.. modules.Where(m => m.Component == component).OrderBy(m => m.Version)])
            {
                Histories = [.. histories?.Where(history => history.Component == component) ?? []],
            }),
    ];

    /// <summary>The version as its module spells it, if it has a module.</summary>
    public UpgradeVersion Spelled(UpgradeVersion version) =>
        Modules.FirstOrDefault(module => module.Version == version)?.Version ?? version;
}
