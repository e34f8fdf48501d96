namespace PluginUpgrade.Catalogue;

/// <summary>Every problem that a module can have: KU-20xx. The codes are stable.</summary>
internal static class ModuleProblem
{
    // The drop folder.

    public static Problem NoDropFolder(string directory) => Create("KU-2001", directory,
        "The drop folder does not exist.",
        $"Use another folder (--modules DIR), or create this one: mkdir -p {NextCommand.Quote(directory)}");

    public static Problem ForeignFile(string path) => Create("KU-2002", path,
        "This file is not a module and does not belong to one.",
        "Remove it. If a module needs it, put it into the module's own folder.", Severity.Warning);

    public static Problem ForeignFolder(string path) => Create("KU-2002", path,
        "This folder is not a module: no DLL directly in it contains one, or a declared schema.",
        "Remove it, or put the module's DLL there.", Severity.Warning);

    public static Problem WouldNotBeFound(ModuleSearchResult file) => Create("KU-2027", file.Path,
        $"It contains {Problem.Join(file.Types)}, but would never run: modules and declared schemas are found only in DLLs "
        + "directly in the drop folder, and in one DLL of each folder in it.",
        "Put it into its own folder in the drop folder, together with the files beside it and with the extension .dll; or remove it.");

    public static Problem SeveralMainDlls(string folder, IReadOnlyList<string> dlls) => Create("KU-2028", folder,
        "Several DLLs in this folder contain modules or declared schemas, and none has the folder's name: "
        + $"{Problem.Join([.. dlls.Select(path => Path.GetFileName(path))])}.",
        "Put each into its own folder, or remove those that should not run.");

    public static Problem Unreadable(string path, string why) => Create("KU-2003", path,
        $"It cannot be read. {why}", "Put a readable file in its place, or remove it.");

    public static Problem NotAnAssembly(string path, string why) => Create("KU-2004", path,
        $"This is not a .NET assembly, or it is damaged. {why}", "Copy the module again from its build, or remove it.");

    public static Problem NoModule(string path) => Create("KU-2005", path,
        $"No class in it implements {nameof(PluginUpgrade)}.{nameof(IUpgradeModule)} or {nameof(ISchemaDeclaration)}.",
        "Remove it. If a module needs this library, put it into that module's folder.");

    public const string InsecureCode = "KU-2025";

    public static Problem Insecure(string path, string why) => Create(InsecureCode, path,
        $"It {why}. That user could make an upgrade run any code.",
        "Check that the files are yours, then remove the right (chmod go-w, chown); or accept the risk: --allow-insecure-modules");

    // What a class declares.

    public static Problem NoVersion(string file, string type) => Create("KU-2006", file,
        $"{type} has no version.",
        "Name the class after its version (V1_002), or mark it with [UpgradeModule(\"1.002\")]. Make a base class abstract.");

    public static Problem BadVersion(string file, string type, string? text) => Create("KU-2007", file,
        $"{type} has [UpgradeModule(\"{text}\")], which is not a version.", "Write whole numbers with dots between them, such as 1.002.");

    public static Problem VersionZero(string file, string type) => Create("KU-2007", file,
        $"{type} has version 0, which an empty database has already, so it would never run.", "Give it a version above 0.");

    public static Problem ClassNameDisagrees(string file, string type, UpgradeVersion declared) => Create("KU-2008", file,
        $"{type} and its [UpgradeModule(\"{declared}\")] name different versions.", "Make them the same, and build it again.");

    public static Problem NameDisagrees(
        string file, string name, UpgradeVersion named, List<UpgradeModule> modules) => Create("KU-2009", file,
        $"'{name}' names version {named}, but the file contains {string.Join(", ", modules.Select(module => module.Version))}.",
        "Check that you copied the right file, and name it after the version that it contains.");

    public static Problem NotTheContract(string file, string type) => Create("KU-2010", file,
        $"{type} is marked [UpgradeModule] but does not implement {nameof(IUpgradeModule)}.",
        $"Implement {nameof(IUpgradeModule)} in it.");

    public static Problem NotConstructible(string file, string type, string why) => Create("KU-2011", file,
        $"{type} is {why}, so it cannot be constructed.", "Make it a public class that is neither abstract nor generic.");

    public static Problem NoConstructor(string file, string type) => Create("KU-2012", file,
        $"{type} has no public constructor without parameters.", "Add one. A module gets what it needs from its context.");

    public static Problem OverridesNothing(string file, string type) => Create("KU-2013", file,
        $"{type} does nothing: it overrides neither {ModuleMethod.PerInstallation.Name} nor {ModuleMethod.PerInstance.Name}.",
        "Override one of them. A version with nothing to do needs no module.");

    public static Problem MethodMissed(string file, string type, ModuleMethod method) => Create("KU-2014", file,
        $"{type}.{method.Name} would never be called: it does not implement {method.Interface}.{method.Name}.",
        $"Declare it as '{method.Signature}', in a class that names {method.Interface} itself.");

    public static Problem CannotGoOn(string file, string type) => Create("KU-2024", file,
        $"{type} works outside a transaction, must not run twice, and cannot tell whether it was done. An interruption would block it.",
        $"Declare Repeatable = true if it may run again, or override {nameof(IUpgradeModule.VerifyInstance)}.");

    public static Problem BadRequirement(string file, string type, RequirementFault fault) => Create(fault.Code, file,
        $"{type} has [{fault.Attribute}], {fault.Why}.", $"{fault.Remedy} Then build it again.");

    public static Problem BadCarried(string file, string type, string table) => Create("KU-2045", file,
        $"{type} has [Carries(\"{table}\")], which is not a table's name.",
        "Write the name without its schema and without quotes, at most 63 bytes. Then build it again.");

    public static Problem TwoInstanceSteps(string file, string type) => Create("KU-2050", file,
        $"{type} has both {ModuleMethod.PerInstance.Name} and {ModuleMethod.Build.Name}: one version has one row in an instance's journal, "
        + "which cannot record two commits.",
        $"Move {ModuleMethod.PerInstance.Name} into a module of another version. {ModuleMethod.PerInstallation.Name} may stay.");

    public static Problem CarriesWithoutBuild(string file, string type, IReadOnlyList<string> tables) => Create("KU-2051", file,
        $"{type} has [Carries] ({Problem.Join(tables)}), but it does not implement {nameof(ISideBySideModule)}: nothing would be carried.",
        $"Implement {nameof(ISideBySideModule)} in it, or remove the attribute.");

    public static Problem EmptyCatchUp(string file, string type) => Create("KU-2052", file,
        $"{type}.{ModuleMethod.CatchUp.Name} does nothing, so it counts as not overridden: writers wait from the build to the swap.",
        "Transfer there what is written meanwhile (CaptureAsync, ReplayAsync), or remove the method.",
        Severity.Warning);

    public static Problem Duplicate(List<UpgradeModule> modules) => Create("KU-2015", modules[0].File,
        $"Version {modules[0].Version}{(modules[0].Component.Length == 0 ? "" : $" of {modules[0].Component}")} exists more than once: "
        + string.Join(", ", modules.Select(module => $"{module.TypeName} in {module.File}")) + ".", "Keep one of them.");

    // The assemblies that it was built against.

    public static Problem NewerThanHost(Need need, Version? host) => Create("KU-2016", need.File.Path,
        $"{need.By} was built against {need}; this krang-upgrade {(host is null ? "does not contain it" : $"has {host}")}.",
        "Install a newer krang-upgrade, or build the module against the older version.");

    public static Problem NewerDotNet(Need need, Version host) => Create("KU-2017", need.File.Path,
        $"{need.By} was built against {need}; the .NET on this machine has {host}.",
        $"Build the module for .NET {Environment.Version.Major}, or install a krang-upgrade for the newer .NET.");

    public static Problem DependencyMissing(Need need) => Create("KU-2018", need.File.Path,
        $"{need.By} needs {need}, which is missing. "
        + "krang-upgrade shares only its Sdk, Npgsql and the abstractions for logging and configuration.",
        need.File.Folder is { } folder
            ? $"Put {need.Name}.dll into {folder}; 'dotnet publish' of the module's project collects all that it needs."
            : $"Put the module into a folder with the module's name, with {need.Name}.dll beside it.");

    public static Problem DependencyTooOld(Need need, Version found) => Create("KU-2019", need.File.Path,
        $"{need.By} needs {need}, but {need.Name} {found} is beside it.", $"Put {need.Name}.dll {need.Version} or newer into its folder.");

    public static Problem DependencyBroken(Need need, string why) => Create("KU-2020", need.File.Path,
        $"{need.By} needs {need}, but the file beside it cannot be used. {why}", $"Copy {need.Name}.dll again.");

    /// <summary>For a library of the module: the missing assembly matters only if the library's code that uses it is called.</summary>
    public static Problem Indirect(Problem problem) => problem with
    {
        Severity = Severity.Warning,
        Message = $"{problem.Message} A step fails only if it uses this library's code.",
    };

    public static Problem MissingInShared(ModuleFile file, string by, string shared, Version? host, IReadOnlyList<string> what) => Create(
        "KU-2033", file.Path,
        $"{by}, which comes with the module, uses {Problem.Join(what)}, but this krang-upgrade's {shared} {host} does not have it.",
        $"Use a version of {by} that was built for {shared} {host}, and build the module again.");

    // Loading.

    public static Problem Moved(string file) => Create("KU-2021", file,
        "The file has changed since krang-upgrade read it.", "When nobody is copying modules any more, run the same command.");

    public static Problem Unloadable(string file, string type, Exception e) => Create("KU-2022", file,
        $"{type} cannot be loaded. {Describe(e)}",
        "Build it again against the versions on this machine. For details, add --verbose.");

    public static Problem ConstructorThrew(UpgradeModule module, Exception e) => Create("KU-2023", module.File,
        $"The constructor of {module.TypeName} failed. {Describe(e)}", "Correct the module: a constructor should do no work.");

    public static Problem ConstructorHangs(UpgradeModule module, TimeSpan limit) => Create("KU-2026", module.File,
        $"{module.TypeName} was not loaded and constructed within {limit.TotalSeconds:0.#} s.",
        "Correct the module: a constructor should do no work.");

    // The copy that is loaded.

    public const string NoCopyCode = "KU-2030";

    public static Problem InsecureCopy(string parent, IReadOnlyDictionary<string, string> faults) => Create("KU-2029", parent,
        "Modules are loaded from a private copy here, and other users could change it: "
        + $"{string.Join(", ", faults.Select(fault => $"{fault.Key} {fault.Value}"))}.",
        Elsewhere("Make sure that only you can write there"));

    public static Problem NoCopy(string parent, string why) => Create(NoCopyCode, parent,
        $"The private copy that modules are loaded from cannot be created here. {why}",
        Elsewhere("Make sure that it exists, is writable and has free space"));

    public static Problem NoExecution(string parent, string native) => Create("KU-2031", native,
        $"Modules are loaded from a private copy in {parent}, but it is mounted noexec, so the system cannot load libraries from there.",
        Elsewhere("Mount it without noexec"));

    private static string Elsewhere(string remedy) => $"{remedy}; or use another directory: Modules:CopyDirectory, or TMPDIR.";

    internal static string Describe(Exception e) => Limit(Postgres.FailureText.NameAndMessage(e), 500);

    internal static Problem Create(string code, string subject, string message, string remedy, Severity severity = Severity.Error) =>
        new(code, subject, Limit(message, 2000), Limit(remedy, 2000), severity);

    /// <summary>Names from a damaged file, and messages of exceptions in module code, may be long and hold any character.</summary>
    private static string Limit(string text, int length)
    {
        var shown = text.ReplaceLineEndings(" ");
        if (shown.Length > length) shown = Printable.Beginning(shown, length) + "…";
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c)) : shown;
    }
}
