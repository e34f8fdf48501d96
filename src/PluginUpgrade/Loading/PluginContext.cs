using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;
using McMaster.NETCore.Plugins.Loader;
using PluginUpgrade.Catalogue;

namespace PluginUpgrade.Loading;

/// <summary>
/// The only class that uses the plug-in package (docs/decisions/0015). A module sees its copy, .NET, and what krang-upgrade shares. The
/// load context is not collectible: modules are never unloaded.
/// </summary>
internal static class PluginContext
{
    private static readonly HostView Host = new();

    public static Assembly Load(ModuleCopy copy)
    {
        var builder = new AssemblyLoadContextBuilder()
            .SetMainAssemblyPath(copy.Main)
            .SetDefaultContext(Host)
            .PreferDefaultLoadContext(true);
        foreach (var name in copy.Assemblies) builder.PreferLoadContextAssembly(new AssemblyName { Name = name });
        return builder.Build().LoadFromAssemblyPath(copy.Main);
    }

    /// <summary>
    /// Answers for assemblies that a module does not bring. For a private library of krang-upgrade, it returns an empty assembly: otherwise
    /// the runtime would find the real one, and an exception here would not prevent that.
    /// </summary>
    private sealed class HostView() : AssemblyLoadContext("what modules see of krang-upgrade")
    {
        private readonly ConcurrentDictionary<string, Lazy<Assembly>> _empty = new(StringComparer.OrdinalIgnoreCase);

        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName is { Name: { } name, CultureName: null or "" } && HostAssemblies.IsPrivate(name)
                ? _empty.GetOrAdd(name, name => new Lazy<Assembly>(() => Empty(name))).Value : null;

        private Assembly Empty(string name)
        {
            var assembly = new PersistedAssemblyBuilder(new AssemblyName { Name = name }, typeof(object).Assembly);
            assembly.DefineDynamicModule(name);
            using var bytes = new MemoryStream();
            assembly.Save(bytes);
            bytes.Position = 0;
            return LoadFromStream(bytes);
        }
    }
}
