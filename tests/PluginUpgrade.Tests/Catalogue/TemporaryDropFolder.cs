using System.Reflection;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Catalogue.Declarations;
using PluginUpgrade.Loading;

namespace PluginUpgrade.Tests.Catalogue;

/// <summary>An <c>upgrade/</c> of the test's own, removed with it.</summary>
public sealed class TemporaryDropFolder : IDisposable
{
    private static readonly string BuiltModules =
        typeof(TemporaryDropFolder).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Modules").Value!;

    public string Path { get; } = Directory.CreateTempSubdirectory("krang-upgrade-tests-").FullName;

    private readonly List<IDisposable> _loaded = [];

    public ModuleCatalogue Scan() => ModuleCatalogue.Scan(Path);

    /// <summary>Loads them; what they are copied to is removed with the drop folder.</summary>
    public LoadedModules Load(IEnumerable<UpgradeModule> modules, ModuleCopies? copies = null)
    {
        var loaded = ModuleLoader.Load(modules, copies: copies);
        _loaded.Add(loaded);
        return loaded;
    }

    /// <summary>Lets them declare their schemas; what they are copied to is removed with the drop folder.</summary>
    public LoadedDeclarations Declare(IReadOnlyList<SchemaDeclarationClass> declarations, TimeSpan? limit = null)
    {
        var loaded = DeclarationLoader.Load(declarations, limit);
        _loaded.Add(loaded);
        return loaded;
    }

    /// <summary>Writes a file below the drop folder, with the folders on the way to it.</summary>
    public string Put(string name, byte[] bytes)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string PutLone(ModuleSource module) => Put(module.Name + ".dll", ModuleAssembly.Of(module));

    public string PutFolder(ModuleSource module) => Put($"{module.Name}/{module.Name}.dll", ModuleAssembly.Of(module));

    /// <summary>Copies what a project in tests/Modules was built to, as a user would.</summary>
    public string PutProject(string name)
    {
        var built = System.IO.Path.Combine(AppContext.BaseDirectory, BuiltModules.Replace("{0}", name, StringComparison.Ordinal));
        Directory.CreateDirectory(PathOf(name));
        foreach (var file in Directory.EnumerateFiles(built)) File.Copy(file, PathOf($"{name}/{System.IO.Path.GetFileName(file)}"));
        return PathOf($"{name}/{name}.dll");
    }

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        foreach (var loaded in _loaded) loaded.Dispose();
        Directory.Delete(Path, recursive: true);
    }
}
