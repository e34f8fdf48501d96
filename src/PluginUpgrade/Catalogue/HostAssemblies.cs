using System.Collections.Concurrent;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace PluginUpgrade.Catalogue;

/// <summary>What a module may count on: the assemblies that it shares with krang-upgrade, and .NET itself.</summary>
internal static class HostAssemblies
{
    public const string Sdk = "PluginUpgrade.Sdk";

    /// <summary>The contract's assembly, and those whose types appear in its contexts, with what these show in turn.</summary>
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

    /// <summary>Whether krang-upgrade uses it for itself. A module sees nothing of it, and may bring its own.</summary>
    public static bool IsPrivate(string name) => PrivateNames.Value.Contains(name);

    public static bool IsShared(string name) => SharedNames.Contains(name);

    /// <summary>The version that krang-upgrade has of a shared assembly or of a part of .NET; null for everything else.</summary>
    public static Version? VersionOf(string name) => Versions.GetOrAdd(name, static name =>
        DllIn(SharedNames.Contains(name) ? HostFolder : FrameworkFolder, name) is { } path && File.Exists(path) ? ReadVersion(path) : null);

    /// <summary>Where the host's copy of a shared assembly lies; null where it has none.</summary>
    public static string? PathOf(string name) => DllIn(HostFolder, name) is { } path && File.Exists(path) ? path : null;

    /// <summary>
    /// Whether a module gets its <paramref name="name"/> from the host. Of what belongs to .NET it may bring a newer one; of what is shared
    /// it may not, since the types would not be krang-upgrade's.
    /// </summary>
    public static bool Supplies(string name, Version? version) =>
        IsShared(name) || (VersionOf(name) is { } own && (version is null || own >= version));

    /// <summary>None where the name, which a stranger wrote, would lead out of the folder.</summary>
    public static string? DllIn(string folder, string name) =>
        name.AsSpan().ContainsAny('/', '\\', '\0') ? null : Path.Combine(folder, name + ".dll");

    private static Version? ReadVersion(string path)
    {
        using var stream = File.OpenRead(path);
        using var file = new PEReader(stream);
        // The native parts of .NET lie in the same folder.
        return file.HasMetadata ? file.GetMetadataReader().GetAssemblyDefinition().Version : null;
    }

    private static string FolderOf(Type type) => Path.GetDirectoryName(type.Assembly.Location) is { Length: > 0 } folder
        ? folder
        : AppContext.BaseDirectory;
}
