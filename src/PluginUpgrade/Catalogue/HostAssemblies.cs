using System.Collections.Concurrent;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace PluginUpgrade.Catalogue;

/// <summary>The assemblies that a module can rely on: those that krang-upgrade shares with modules, and .NET itself.</summary>
internal static class HostAssemblies
{
    public const string Sdk = "PluginUpgrade.Sdk";

    /// <summary>The contract's assembly, the assemblies of the types that its contexts use, and the assemblies that those expose.</summary>
    private static readonly HashSet<string> SharedNames = new(StringComparer.OrdinalIgnoreCase)
    {
        Sdk,
        "Npgsql",
        "Microsoft.Extensions.Configuration.Abstractions",
        "Microsoft.Extensions.DependencyInjection.Abstractions",
        "Microsoft.Extensions.Logging.Abstractions",
        "Microsoft.Extensions.Primitives",
    };

    private static readonly string HostFolder = FolderOf(typeof(IUpgradeModule));
    private static readonly string FrameworkFolder = FolderOf(typeof(object));
    private static readonly ConcurrentDictionary<string, Version?> Versions = new(StringComparer.OrdinalIgnoreCase);

    private static readonly Lazy<HashSet<string>> PrivateNames = new(() =>
        $"{AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")}".Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) != FrameworkFolder).Select(path => $"{Path.GetFileNameWithoutExtension(path)}")
            .Where(name => !SharedNames.Contains(name)).ToHashSet(StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether it is one of krang-upgrade's own libraries. A module cannot see it, and may bring its own copy.</summary>
    public static bool IsPrivate(string name) => PrivateNames.Value.Contains(name);

    public static bool IsShared(string name) => SharedNames.Contains(name);

    /// <summary>
    /// The version that krang-upgrade has of a shared assembly, or that this .NET has of one of its own; null for all others.
    /// </summary>
    public static Version? VersionOf(string name) => Versions.GetOrAdd(name, static name =>
        DllIn(SharedNames.Contains(name) ? HostFolder : FrameworkFolder, name) is { } path && File.Exists(path) ? ReadVersion(path) : null);

    /// <summary>The path of krang-upgrade's copy of a shared assembly; null where it has none.</summary>
    public static string? PathOf(string name) => DllIn(HostFolder, name) is { } path && File.Exists(path) ? path : null;

    /// <summary>
    /// Whether a module gets <paramref name="name"/> from krang-upgrade or from .NET. A module may bring a newer version of a .NET
    /// assembly, but not of a shared one: its types would differ from krang-upgrade's.
    /// </summary>
    public static bool Supplies(string name, Version? version) =>
        IsShared(name) || (VersionOf(name) is { } own && (version is null || own >= version));

    /// <summary>Null where the name (which comes from an untrusted file) would lead out of the folder.</summary>
    public static string? DllIn(string folder, string name) =>
        name.AsSpan().ContainsAny('/', '\\', '\0') ? null : Path.Combine(folder, name + ".dll");

    private static Version? ReadVersion(string path)
    {
        using var stream = File.OpenRead(path);
        using var file = new PEReader(stream);
        // The folder also holds native libraries of .NET.
        return file.HasMetadata ? file.GetMetadataReader().GetAssemblyDefinition().Version : null;
    }

    private static string FolderOf(Type type) => Path.GetDirectoryName(type.Assembly.Location) is { Length: > 0 } folder
        ? folder
        : AppContext.BaseDirectory;
}
