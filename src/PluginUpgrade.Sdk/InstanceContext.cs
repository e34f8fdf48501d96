namespace PluginUpgrade;

/// <summary>What <see cref="IUpgradeModule.PerInstance"/> receives: one instance.</summary>
public sealed class InstanceContext : UpgradeContext
{
    internal InstanceContext(ContextParts parts) : base(parts)
    {
    }

    /// <summary>The instance's name in the settings.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The instance's labels from the settings, such as <c>ring = canary</c>. Keys are not case-sensitive.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
}
