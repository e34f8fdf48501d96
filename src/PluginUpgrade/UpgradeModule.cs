namespace PluginUpgrade;

/// <summary>What the catalogue knows of one module without running its code.</summary>
public sealed record UpgradeModule
{
    /// <summary>The add-on that it belongs to; empty for the product.</summary>
    public string Component { get; init; } = "";

    public required UpgradeVersion Version { get; init; }

    /// <summary>The class's name without its namespace: <c>V1_002</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The class's name as reflection spells it: namespace, and <c>+</c> before a nested class.</summary>
    public required string TypeName { get; init; }

    public string Description { get; init; } = "";

    /// <summary>The DLL, absolute.</summary>
    public required string File { get; init; }

    /// <summary>Of the DLL's bytes, in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Whether the class overrides <c>PerInstallation</c>.</summary>
    public bool HasInstallationStep { get; init; }

    /// <summary>Whether the class overrides <c>PerInstance</c>.</summary>
    public bool HasInstanceStep { get; init; }

    public bool HasStepFor(Scope scope) => scope == Scope.Installation ? HasInstallationStep : HasInstanceStep;

    public override string ToString() => Component.Length == 0 ? $"{Name}" : $"{Component} {Name}";
}
