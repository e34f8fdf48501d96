using PluginUpgrade.Catalogue.Declarations;
using PluginUpgrade.Schemas;

namespace PluginUpgrade.Catalogue;

/// <summary>
/// The modules and declared schemas in the drop folder, and every problem found with them, read without running any of their code. A module
/// with a problem is listed if its version is known, a declaration never. The caller, who knows the range of the run, decides whether the
/// problem refuses the run.
/// </summary>
public sealed class ModuleCatalogue
{
    /// <summary>By component (the product first), then from the oldest version to the newest.</summary>
    public required IReadOnlyList<UpgradeModule> Modules { get; init; }

    /// <summary>The classes that declare a schema, without those that have a problem, by file and class name.</summary>
    public IReadOnlyList<SchemaDeclarationClass> Declarations { get; init; } = [];

    public required IReadOnlyList<CatalogueProblem> Problems { get; init; }

    /// <summary>The declared schemas: known once the declarations have been called.</summary>
    public IReadOnlyList<SchemaHistory> Histories { get; init; } = [];

    /// <summary>
    /// Reads the drop folder: lone DLLs, and folders with one DLL that holds modules. A module elsewhere in the drop folder is a problem.
    /// </summary>
    /// <param name="allowInsecure">Report files that other users could change as warnings, not as errors.</param>
    public static ModuleCatalogue Scan(string directory, bool allowInsecure = false)
    {
        directory = Path.GetFullPath(directory);
        var listing = DropFolder.List(directory);
        var insecure = Rated(Writability.Find(directory, listing.Files), allowInsecure);
        var readings = new ModuleReading[listing.Files.Count];
        Parallel.For(0, readings.Length, i => readings[i] = ModuleReader.Read(listing.Files[i]));
        var others = new ModuleSearchResult[listing.Others.Count];
        Parallel.For(0, others.Length, i => others[i] = ModuleSearch.In(listing.Others[i]));
        return Combine([.. insecure, .. listing.Problems, .. Unread(others, readings)], readings);
    }

    /// <summary>
    /// Modules that no run would find, and files that cannot be checked. A copy of a module that was found is no problem: a module that
    /// uses another module's classes has a copy of its DLL beside it.
    /// </summary>
    private static IEnumerable<Problem> Unread(ModuleSearchResult[] others, ModuleReading[] readings)
    {
        var found = readings.SelectMany(reading => reading.Modules).Select(module => module.Sha256)
            .Concat(readings.SelectMany(reading => reading.Declarations).Select(declaration => declaration.Sha256))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var other in others)
        {
            if (other.Fault is not null) yield return other.Fault;
            else if (other.HoldsAny && !found.Contains(other.Sha256)) yield return ModuleProblem.WouldNotBeFound(other);
        }
    }

    /// <summary>Reads one DLL, or one module folder, at any path. Its dependencies are beside it.</summary>
    public static ModuleCatalogue ScanPath(string path, bool allowInsecure = false)
    {
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(path)) return ScanFolder(path, allowInsecure);
        var (folder, name) = (Path.GetDirectoryName(path), Path.GetFileNameWithoutExtension(path));
        var owns = Path.GetFileName(folder) == name || File.Exists(Path.ChangeExtension(path, ".deps.json"));
        return ScanFile(new ModuleFile(path, folder) { OwnsFolder = owns }, allowInsecure);
    }

    private static ModuleCatalogue ScanFolder(string path, bool allowInsecure)
    {
        var (main, problem) = MainDll.Of(path);
        if (problem is not null) return Combine([problem], []);
        main ??= Path.Combine(path, Path.GetFileName(path) + ".dll");
        return ScanFile(new ModuleFile(main, path) { OwnsFolder = true }, allowInsecure);
    }

    private static ModuleCatalogue ScanFile(ModuleFile file, bool allowInsecure) =>
        Combine(Rated(Writability.Find(null, [file]), allowInsecure), [ModuleReader.Read(file)]);

    private static IReadOnlyList<Problem> Rated(IReadOnlyList<Problem> insecure, bool allowInsecure) =>
        allowInsecure ? [.. insecure.Select(problem => problem with { Severity = Severity.Warning })] : insecure;

    private static ModuleCatalogue Combine(IReadOnlyList<Problem> folderProblems, ModuleReading[] readings)
    {
        var modules = new List<UpgradeModule>(readings.Length);
        var problems = new List<CatalogueProblem>();
        foreach (var problem in folderProblems) problems.Add(new CatalogueProblem(problem));
        foreach (var reading in readings)
        {
            modules.AddRange(reading.Modules);
            problems.AddRange(reading.Problems);
        }
        modules.Sort(InOrder);
        AddDuplicates(modules, problems);
        var declarations = readings.SelectMany(reading => reading.Declarations)
            .OrderBy(declaration => declaration.File, StringComparer.Ordinal)
            .ThenBy(declaration => declaration.TypeName, StringComparer.Ordinal).ToList();
        foreach (var same in declarations.GroupBy(one => (one.Component, one.TypeName)).Where(same => same.Count() > 1))
            problems.Add(new CatalogueProblem(DeclarationProblem.Duplicate([.. same])));
        return new ModuleCatalogue { Modules = modules, Declarations = declarations, Problems = problems };
    }

    internal static int InOrder(UpgradeModule a, UpgradeModule b)
    {
        var order = string.CompareOrdinal(a.Component, b.Component);
        if (order == 0) order = a.Version.CompareTo(b.Version);
        if (order == 0) order = string.CompareOrdinal(a.File, b.File);
        return order != 0 ? order : string.CompareOrdinal(a.TypeName, b.TypeName);
    }

    /// <summary>The list is sorted, so modules of one version are adjacent.</summary>
    private static void AddDuplicates(List<UpgradeModule> modules, List<CatalogueProblem> problems)
    {
        for (var start = 0; start < modules.Count;)
        {
            var first = modules[start];
            var end = start + 1;
            while (end < modules.Count && modules[end].Component == first.Component && modules[end].Version == first.Version) end++;
            if (end - start > 1)
            {
                var problem = ModuleProblem.Duplicate(modules.GetRange(start, end - start));
                problems.Add(new CatalogueProblem(problem, first.Component, first.Version));
            }
            start = end;
        }
    }
}
