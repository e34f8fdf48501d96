using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace PluginUpgrade;

/// <summary>What the catalogue knows of a module without running its code.</summary>
public sealed record UpgradeModule
{
    /// <summary>The add-on's name; empty for the product.</summary>
    public string Component { get; init; } = "";

    public required UpgradeVersion Version { get; init; }

    /// <summary>The class's name without its namespace: <c>V1_002</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The class's name as reflection spells it: namespace, and <c>+</c> before a nested class.</summary>
    public required string TypeName { get; init; }

    public string Description { get; init; } = "";

    /// <summary>The absolute path of the DLL.</summary>
    public required string File { get; init; }

    /// <summary>The hash of the DLL's bytes, in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The absolute folder of its private dependencies; null for a lone DLL.</summary>
    public string? Folder { get; init; }

    /// <summary>Whether everything below the folder belongs to the module.</summary>
    internal bool OwnsFolder { get; init; }

    /// <summary>The private dependencies that the catalogue read: absolute path → SHA-256.</summary>
    public IReadOnlyDictionary<string, string> Dependencies { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Whether the class overrides <c>PerInstallation</c>.</summary>
    public bool HasInstallationStep { get; init; }

    /// <summary>Whether the class overrides <c>PerInstance</c>.</summary>
    public bool HasInstanceStep { get; init; }

    /// <summary>Whether each of its steps is one transaction.</summary>
    public bool Transactional { get; init; } = true;

    /// <summary>Whether an interrupted step outside a transaction may simply be run again.</summary>
    public bool Repeatable { get; init; }

    /// <summary>Whether its author declares that what it destroys cannot be brought back.</summary>
    public bool Irreversible { get; init; }

    /// <summary>Whether a step can harm its target permanently: it cannot be rolled back, or is declared irreversible.</summary>
    public bool CouldHarm => !Transactional || Irreversible;

    /// <summary>Whether the class builds a new schema beside the live one: it implements <c>ISideBySideModule</c>.</summary>
    public bool BuildsBeside { get; init; }

    /// <summary>Whether the class overrides <c>Drain</c>.</summary>
    public bool Drains { get; init; }

    /// <summary>Whether the class overrides <c>CatchUp</c>: if not, writers wait during the whole build.</summary>
    public bool CatchesUp { get; init; }

    /// <summary>The tables that the class declares with <c>[Carries]</c>, sorted.</summary>
    public IReadOnlyList<string> Carries { get; init; } = [];

    /// <summary>Whether no module has this version, but a declared schema has: no code runs.</summary>
    public bool IsDeclared { get; init; }

    /// <summary>The changes that a declared schema has for the installation at this version; null: none.</summary>
    [JsonIgnore]
    public SchemaSlice? InstallationSlice { get; init; }

    /// <summary>The changes that a declared schema has for every instance at this version; null: none.</summary>
    [JsonIgnore]
    public SchemaSlice? InstanceSlice { get; init; }

    /// <summary>Whether an upgrade without <c>--to</c> goes as far as this version.</summary>
    [JsonIgnore]
    public bool IsGoal { get; init; } = true;

    /// <summary>What a journal's row has as the hash: of the file, or of the declared changes where there is no module.</summary>
    public string Sha256For(Scope scope) => IsDeclared && SliceFor(scope) is { } slice ? slice.Sha256 : Sha256;

    public SchemaSlice? SliceFor(Scope scope) => scope == Scope.Installation ? InstallationSlice : InstanceSlice;

    /// <summary>Whether the class overrides <c>VerifyInstallation</c>.</summary>
    public bool VerifiesInstallation { get; init; }

    /// <summary>Whether the class overrides <c>VerifyInstance</c>.</summary>
    public bool VerifiesInstance { get; init; }

    /// <summary>The preconditions that it declares.</summary>
    public IReadOnlyList<Requirement> Requirements { get; init; } = [];

    /// <summary>Whether the class overrides <c>CheckInstallation</c>.</summary>
    public bool ChecksInstallation { get; init; }

    /// <summary>Whether the class overrides <c>CheckInstance</c>.</summary>
    public bool ChecksInstance { get; init; }

    public bool Checks(Scope scope) => scope == Scope.Installation ? ChecksInstallation : ChecksInstance;

    public bool Verifies(Scope scope) => scope == Scope.Installation ? VerifiesInstallation : VerifiesInstance;

    /// <summary>Whether krang-upgrade can continue after an interrupted try, without somebody looking at the target first.</summary>
    public bool CanGoOn(Scope scope) =>
        Transactional || Repeatable || Verifies(scope) || (BuildsBeside && scope == Scope.Instance);

    public bool HasStepFor(Scope scope) =>
        (scope == Scope.Installation ? HasInstallationStep : HasInstanceStep || BuildsBeside) || SliceFor(scope) is not null;

    public override string ToString() => Component.Length == 0 ? $"{Name}" : $"{Component} {Name}";
}
