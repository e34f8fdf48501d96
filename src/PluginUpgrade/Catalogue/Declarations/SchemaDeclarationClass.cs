using System.Collections.Immutable;

namespace PluginUpgrade.Catalogue.Declarations;

/// <summary>What the catalogue knows of a class that declares a schema, without running its code.</summary>
public sealed record SchemaDeclarationClass
{
    /// <summary>The class's name as reflection spells it: namespace, and <c>+</c> before a nested class.</summary>
    public required string TypeName { get; init; }

    /// <summary>The class's name without its namespace.</summary>
    public required string Name { get; init; }

    /// <summary>The absolute path of the DLL.</summary>
    public required string File { get; init; }

    /// <summary>The hash of the DLL's bytes, in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The absolute folder of its private dependencies; null for a lone DLL.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether everything below the folder belongs to the declaration's assembly.</summary>
    internal bool OwnsFolder { get; init; }

    /// <summary>The private dependencies that the catalogue read: absolute path → SHA-256.</summary>
    public IReadOnlyDictionary<string, string> Dependencies { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The add-on's name; empty for the product.</summary>
    public string Component { get; init; } = "";

    /// <summary>Whether it applies to the installation's schema.</summary>
    public bool Installation { get; init; }

    /// <summary>Whether it applies to every instance's schema.</summary>
    public bool Instances { get; init; } = true;

    /// <summary>Whether the schema holds nothing else.</summary>
    public bool Complete { get; init; }

    /// <summary>The newest version that an upgrade goes to by default, as it was written; empty: none is named.</summary>
    public string Current { get; init; } = "";

    /// <summary>Whether the class fills new installations itself.</summary>
    public bool BootstrapsInstallation { get; init; }

    /// <summary>Whether the class fills new instances itself.</summary>
    public bool BootstrapsInstance { get; init; }

    public bool AppliesTo(Scope scope) => scope == Scope.Installation ? Installation : Instances;

    public bool Bootstraps(Scope scope) => scope == Scope.Installation ? BootstrapsInstallation : BootstrapsInstance;

    public override string ToString() => Component.Length == 0 ? Name : $"{Component} {Name}";
}
