using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace PluginUpgrade.Catalogue;

/// <summary>The objects of the modules that a run needs, one for each; or why there is none. Nothing of them was called yet.</summary>
public sealed class LoadedModules
{
    internal Dictionary<UpgradeModule, IUpgradeModule> Objects { get; } = [];

    internal List<CatalogueProblem> Found { get; } = [];

    /// <summary>All that went wrong, for all modules; empty where every one can be run.</summary>
    public IReadOnlyList<CatalogueProblem> Problems => Found;

    /// <exception cref="KeyNotFoundException">It was not asked for, or is among the <see cref="Problems"/>.</exception>
    public IUpgradeModule this[UpgradeModule module] => Objects[module];
}

/// <summary>Loads and constructs the modules that it is given and no others.</summary>
public static class ModuleLoader
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static LoadedModules Load(IEnumerable<UpgradeModule> modules)
    {
        var loaded = new LoadedModules();
        foreach (var file in modules.Distinct().GroupBy(module => module.File, StringComparer.Ordinal))
            LoadFile(file.Key, [.. file], loaded);
        return loaded;
    }

    private static void LoadFile(string file, List<UpgradeModule> modules, LoadedModules loaded)
    {
        Assembly assembly;
        try
        {
            var bytes = OrdinaryFile.ReadAll(file);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            foreach (var module in modules.Where(module => module.Sha256 != sha256)) Fail(module, ModuleProblem.Moved(module));
            modules.RemoveAll(module => module.Sha256 != sha256);
            if (modules.Count == 0) return;
            assembly = new ModuleLoadContext(file).LoadMain(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            foreach (var module in modules) Fail(module, ModuleProblem.Unloadable(module, e));
            return;
        }
        foreach (var module in modules)
        {
            if (Construct(module, assembly, out var problem) is { } made) loaded.Objects[module] = made;
            else Fail(module, problem!);
        }

        void Fail(UpgradeModule module, Problem problem) =>
            loaded.Found.Add(new CatalogueProblem(problem, module.Component, module.Version));
    }

    /// <summary>The module's own code runs here for the first time, so anything may be thrown.</summary>
    private static IUpgradeModule? Construct(UpgradeModule module, Assembly assembly, out Problem? problem)
    {
        problem = null;
        Type type;
        try
        {
            type = assembly.GetType(module.TypeName, throwOnError: true)!;
            if (!typeof(IUpgradeModule).IsAssignableFrom(type))
                throw new InvalidCastException($"It does not implement this host's {nameof(IUpgradeModule)}.");
            Compile(type);
        }
        catch (Exception e)
        {
            problem = ModuleProblem.Unloadable(module, e);
            return null;
        }
        try
        {
            return (IUpgradeModule)Activator.CreateInstance(type)!;
        }
        catch (Exception e)
        {
            while (e is TargetInvocationException or TypeInitializationException && e.InnerException is { } inner) e = inner;
            problem = ModuleProblem.ConstructorThrew(module, e);
            return null;
        }
    }

    /// <summary>
    /// Compiles the class and what the compiler made of it (an async hook is a nested type): calls to methods that are not there come out
    /// now, and not in the middle of a step.
    /// </summary>
    private static void Compile(Type type)
    {
        if (type.ContainsGenericParameters) return;
        foreach (var method in type.GetMethods(Declared).Concat<MethodBase>(type.GetConstructors(Declared)))
            if (!method.IsAbstract && !method.ContainsGenericParameters) RuntimeHelpers.PrepareMethod(method.MethodHandle);
        foreach (var nested in type.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic)) Compile(nested);
    }
}
