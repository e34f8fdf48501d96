using PluginUpgrade.Catalogue.Declarations;

namespace PluginUpgrade.Catalogue;

/// <summary>The modules or declared schemas of one DLL, and its problems.</summary>
internal sealed record ModuleReading(IReadOnlyList<UpgradeModule> Modules, IReadOnlyList<CatalogueProblem> Problems)
{
    public IReadOnlyList<SchemaDeclarationClass> Declarations { get; init; } = [];
}

/// <summary>Reads one DLL once: the hash and the modules come from the same bytes.</summary>
internal static class ModuleReader
{
    public static ModuleReading Read(ModuleFile file)
    {
        try
        {
            var bytes = OrdinaryFile.ReadAll(file.Path);
            using var image = AssemblyImage.Of(bytes);
            // Most modules bring no dependencies, so their folder is listed only when one is needed.
            var layout = new Lazy<ModuleLayout>(() => ModuleLayout.Of(file));
            using var assemblies = new PrivateAssemblies(image, name => file.Folder is null ? null : layout.Value.Assembly(name));
            return Read(file, image, assemblies, ModuleFolder.HashOf(bytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refused(ModuleProblem.Unreadable(file.Path, e.Message));
        }
        catch (Exception e) when (IsMangled(e))
        {
            return Refused(ModuleProblem.NotAnAssembly(file.Path, e.Message));
        }
    }

    /// <summary>Whether an exception means damaged metadata: the reader does not validate rows, so they fail in many ways.</summary>
    public static bool IsMangled(Exception e) => e is BadImageFormatException or InvalidOperationException or ArgumentException
        or OverflowException or IndexOutOfRangeException or InvalidCastException or NotSupportedException or NullReferenceException;

    private static ModuleReading Refused(Problem problem) => new([], [new CatalogueProblem(problem)]);

    private static ModuleReading Read(ModuleFile file, AssemblyImage image, PrivateAssemblies assemblies, string sha256)
    {
        var modules = new List<UpgradeModule>(1);
        List<SchemaDeclarationClass> declarations = [];
        var problems = new List<CatalogueProblem>();
        List<string> moduleClasses = [], declaring = [];
        foreach (var handle in image.Reader.TypeDefinitions)
        {
            var type = new TypeAt(image, handle);
            if (ModuleClass.Find(type, assemblies) is { } found)
            {
                moduleClasses.Add(found.FullName);
                if (found.Read(file.Path, sha256, problems) is { } module) modules.Add(module);
            }
            if (DeclarationClass.Find(type, assemblies) is not { } declares) continue;
            declaring.Add(declares.FullName);
            if (declares.Read(file.Path, sha256, problems) is { } declaration) declarations.Add(declaration);
        }
        if (moduleClasses.Count == 0 && declaring.Count == 0) return Refused(ModuleProblem.NoModule(file.Path));
        if (moduleClasses.Count > 0 && declaring.Count > 0)
            problems.Add(new CatalogueProblem(DeclarationProblem.WithModules(file.Path, moduleClasses, declaring)));
        CheckNames(file, modules, problems);
        foreach (var problem in Dependencies.Check(file, image, assemblies)) AddForEach(problem);
        return new ModuleReading([.. modules.Select(WithFolder)], problems) { Declarations = [.. declarations.Select(InFolder)] };

        UpgradeModule WithFolder(UpgradeModule module) => file.Folder is null ? module
            : assemblies.Hashes.Count == 0 ? module with { Folder = file.Folder, OwnsFolder = file.OwnsFolder }
            : module with { Folder = file.Folder, OwnsFolder = file.OwnsFolder, Dependencies = assemblies.Hashes };

        SchemaDeclarationClass InFolder(SchemaDeclarationClass declaration) => file.Folder is null ? declaration
            : declaration with { Folder = file.Folder, OwnsFolder = file.OwnsFolder, Dependencies = assemblies.Hashes };

        void AddForEach(Problem problem)
        {
            if (modules.Count == 0) problems.Add(new CatalogueProblem(problem));
            foreach (var module in modules) problems.Add(new CatalogueProblem(problem, module.Component, module.Version));
        }
    }

    private static void CheckNames(ModuleFile file, List<UpgradeModule> modules, List<CatalogueProblem> problems)
    {
        if (modules.Count == 0) return;
        string[] names = file is { Folder: { } folder, OwnsFolder: true }
            ? [Path.GetFileNameWithoutExtension(file.Path), Path.GetFileName(folder)] : [Path.GetFileNameWithoutExtension(file.Path)];
        foreach (var name in names)
        {
            if (!UpgradeVersion.TryParse(name, out var named) || modules.Any(module => module.Version == named)) continue;
            problems.Add(new CatalogueProblem(ModuleProblem.NameDisagrees(file.Path, name, named, modules)));
            return;
        }
    }
}
