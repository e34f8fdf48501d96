namespace PluginUpgrade;

/// <summary>What <see cref="IUpgradeModule.PerInstance"/> is given: one instance.</summary>
public sealed class InstanceContext : UpgradeContext
{
    internal InstanceContext(ContextParts parts) : base(parts)
    {
    }

    /// <summary>The instance's name in the settings.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The labels that the operator gave the instance, such as <c>ring = canary</c>. Keys are compared without regard to case.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
}
