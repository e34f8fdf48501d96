using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace PluginUpgrade.Catalogue;

/// <summary>
/// The world of one module assembly: the host's contract, .NET, and the assemblies in the module's own folder, in whatever version. What
/// the host uses itself (its log library, its console) is not there. Not collectible: modules are never unloaded, and run faster so.
/// Everything is loaded from bytes, since the runtime may answer a path with what it loaded from there before; and from the very bytes
/// that were hashed when the run began, so that nobody can put others in their place meanwhile. (A native library only has its hash looked
/// at just before: the system loads it from its path.)
/// </summary>
/// <param name="hashes">Of all that may be loaded besides the module's own DLL, by path.</param>
internal sealed class ModuleLoadContext(string file, IReadOnlyDictionary<string, string> hashes)
    : AssemblyLoadContext(Path.GetFileNameWithoutExtension(file))
{
    private readonly string _folder = Path.GetDirectoryName(file) ?? "";
    private readonly Dictionary<string, Assembly?> _private = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _loading = new();

    /// <summary>Knows <c>.deps.json</c>: assemblies and native libraries in folders for each platform.</summary>
    private readonly Lazy<AssemblyDependencyResolver?> _resolver = new(() =>
        File.Exists(Path.ChangeExtension(file, ".deps.json")) ? new AssemblyDependencyResolver(file) : null);

    private readonly Lazy<string?> _realFolder = new(() =>
        OperatingSystem.IsWindows() ? null : Unix.Libc.RealPath(Path.GetDirectoryName(file)!));

    public Assembly LoadMain(byte[] bytes) => Load(bytes, file);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is not { } name || HostAssemblies.Supplies(name, assemblyName.Version)) return null;
        // Steps of several instances may ask at the same time, and an assembly can be loaded here only once.
        lock (_loading)
        {
            var key = $"{name}/{assemblyName.CultureName}";
            if (!_private.TryGetValue(key, out var assembly)) _private[key] = assembly = LoadPrivate(assemblyName, name);
            // Null would hand it to the host's own context. For translations that is harmless, and what the runtime expects.
            return assembly is not null || !string.IsNullOrEmpty(assemblyName.CultureName)
                ? assembly
                : throw new FileNotFoundException($"The module does not bring {name}, and the host does not share it.", $"{name}.dll");
        }
    }

    private Assembly? LoadPrivate(AssemblyName assemblyName, string name)
    {
        var path = Named(_resolver.Value?.ResolveAssemblyToPath(assemblyName))
            ?? Path.Combine(_folder, assemblyName.CultureName ?? "", name + ".dll");
        return hashes.ContainsKey(path) ? Load(Verified(path), path) : null;
    }

    /// <summary>The resolver answers with paths without links: such a path as the drop folder has it.</summary>
    private string? Named(string? resolved) => resolved is not null && _realFolder.Value is { } real
        && resolved.StartsWith($"{real}/", StringComparison.Ordinal) ? Path.Join(_folder, resolved[real.Length..]) : resolved;

    private byte[] Verified(string path)
    {
        var bytes = OrdinaryFile.ReadAll(path);
        return ModuleFolder.HashOf(bytes) == hashes[path]
            ? bytes
            : throw new FileLoadException($"{path} has changed since the run began. Run the same command again.", path);
    }

    private Assembly Load(byte[] bytes, string path) =>
        LoadFromStream(new MemoryStream(bytes), Symbols(Path.ChangeExtension(path, ".pdb")));

    private static MemoryStream? Symbols(string path)
    {
        try
        {
            return File.Exists(path) ? new MemoryStream(OrdinaryFile.ReadAll(path)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They only put line numbers into stack traces.
            return null;
        }
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        if (Named(_resolver.Value?.ResolveUnmanagedDllToPath(unmanagedDllName)) is { } known && hashes.ContainsKey(known))
            return LoadNative(known);
        foreach (var name in NativeNames(unmanagedDllName))
        {
            foreach (var folder in (string[])["", Path.Combine("runtimes", RuntimeInformation.RuntimeIdentifier, "native")])
            {
                var path = Path.Combine(_folder, folder, name);
                if (hashes.ContainsKey(path)) return LoadNative(path);
            }
        }
        return 0;
    }

    private nint LoadNative(string path)
    {
        Verified(path);
        return LoadUnmanagedDllFromPath(path);
    }

    private static string[] NativeNames(string name)
    {
        var extension = OperatingSystem.IsWindows() ? ".dll" : OperatingSystem.IsMacOS() ? ".dylib" : ".so";
        return [name, name + extension, $"lib{name}{extension}"];
    }
}
