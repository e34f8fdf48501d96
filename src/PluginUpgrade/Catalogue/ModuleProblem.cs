namespace PluginUpgrade.Catalogue;

/// <summary>All that can be wrong with a module, in words. The codes are stable.</summary>
internal static class ModuleProblem
{
    // The drop folder.

    public static Problem NoDropFolder(string directory) => Say("KU-2001", directory,
        "The directory for upgrade modules does not exist.", $"Make it (mkdir -p '{directory}'), or name another one: --modules DIR.");

    public static Problem ForeignFile(string path) => Say("KU-2002", path,
        "This file is no module, and belongs to none.",
        "Remove it, or put what a module needs into the module's own folder.", Severity.Warning);

    public static Problem ForeignFolder(string path) => Say("KU-2002", path,
        "This folder is no module: no DLL directly in it holds one.", "Remove it, or put the module's DLL there.", Severity.Warning);

    public static Problem WouldNotBeFound(ModuleSearchResult file) => Say("KU-2027", file.Path,
        $"It holds {Problem.Join(file.Types)}, which would never be run: modules are looked for in DLLs directly in the drop folder, "
        + "and in one DLL for each folder in it.",
        "Give it a folder of its own in the drop folder, with what lies beside it, and with the extension .dll; or remove it.");

    public static Problem SeveralMainDlls(string folder, IReadOnlyList<string> dlls) => Say("KU-2028", folder,
        "Several DLLs in it hold modules, and none has the folder's name: "
        + $"{Problem.Join([.. dlls.Select(path => Path.GetFileName(path))])}.",
        "Give each a folder of its own, or remove those that are not to be run.");

    public static Problem Unreadable(string path, string why) => Say("KU-2003", path,
        $"It cannot be read. {why}", "Put a readable file in its place, or remove it.");

    public static Problem NotAnAssembly(string path, string why) => Say("KU-2004", path,
        $"This is no .NET assembly, or a damaged one. {why}", "Copy the module again from where it was built, or remove it.");

    public static Problem NoModule(string path) => Say("KU-2005", path,
        $"No class in it implements {nameof(PluginUpgrade)}.{nameof(IUpgradeModule)}.",
        "Remove it; a library that a module needs belongs into the folder of that module.");

    public const string InsecureCode = "KU-2025";

    public static Problem Insecure(string path, string why) => Say(InsecureCode, path,
        $"It {why}, who could so have any code run by an upgrade.",
        "See that what is there is yours, then take the right away (chmod go-w, chown); or accept it: --allow-insecure-modules.");

    // What a class says of itself.

    public static Problem NoVersion(string file, string type) => Say("KU-2006", file,
        $"{type} does not say its version.",
        "Name the class for its version (V1_002) or mark it with [UpgradeModule(\"1.002\")]; a base class should be abstract.");

    public static Problem BadVersion(string file, string type, string? text) => Say("KU-2007", file,
        $"{type} says '{text}' in [UpgradeModule], which is no version.", "Write whole numbers with dots between them, such as 1.002.");

    public static Problem ClassNameDisagrees(string file, string type, UpgradeVersion declared) => Say("KU-2008", file,
        $"{type} is named for another version than its [UpgradeModule(\"{declared}\")] says.", "Make both the same, and build it again.");

    public static Problem NameDisagrees(
        string file, string name, UpgradeVersion named, List<UpgradeModule> modules) => Say("KU-2009", file,
        $"'{name}' names version {named}, and what is in the file is {string.Join(", ", modules.Select(module => module.Version))}.",
        "Find out whether the right file was copied, and name it for the version that it holds.");

    public static Problem NotTheContract(string file, string type) => Say("KU-2010", file,
        $"{type} is marked [UpgradeModule] and does not implement {nameof(IUpgradeModule)}.",
        $"Let it implement {nameof(IUpgradeModule)}.");

    public static Problem NotConstructible(string file, string type, string why) => Say("KU-2011", file,
        $"{type} is {why}, so the host cannot make an object of it.", "Make it a public class, neither abstract nor generic.");

    public static Problem NoConstructor(string file, string type) => Say("KU-2012", file,
        $"{type} has no public constructor without parameters.", "Give it one; what a module needs it gets from its context.");

    public static Problem NoHook(string file, string type) => Say("KU-2013", file,
        $"{type} does nothing: it overrides neither {ModuleMethod.PerInstallation.Name} nor {ModuleMethod.PerInstance.Name}.",
        "Override one of them. A version without work needs no module.");

    public static Problem HookMissed(string file, string type, ModuleMethod hook) => Say("KU-2014", file,
        $"{type}.{hook.Name} would never be called: it does not implement {nameof(IUpgradeModule)}.{hook.Name}.",
        $"Declare it as '{hook.Signature}', in a class that names {nameof(IUpgradeModule)} itself.");

    public static Problem CannotGoOn(string file, string type) => Say("KU-2024", file,
        $"{type} works outside a transaction, may not be run twice, and cannot tell whether it was done: interrupted, it could not go on.",
        $"Declare it Repeatable = true if it may be run again, or override {nameof(IUpgradeModule.VerifyInstance)}.");

    public static Problem BadRequirement(string file, string type, RequirementFault fault) => Say(fault.Code, file,
        $"{type} says [{fault.Attribute}], {fault.Why}.", $"{fault.Remedy} Then build it again.");

    public static Problem Duplicate(List<UpgradeModule> modules) => Say("KU-2015", modules[0].File,
        $"Version {modules[0].Version}{(modules[0].Component.Length == 0 ? "" : $" of {modules[0].Component}")} is there more than once: "
        + string.Join(", ", modules.Select(module => $"{module.TypeName} in {module.File}")) + ".", "Keep one of them.");

    // What it was built against.

    public static Problem NewerThanHost(Need need, Version? host) => Say("KU-2016", need.File.Path,
        $"{need.By} was built against {need}, and this host has {host?.ToString() ?? "none"}.",
        "Install a newer krang-upgrade, or build the module against the older version.");

    public static Problem NewerDotNet(Need need, Version host) => Say("KU-2017", need.File.Path,
        $"{need.By} was built against {need}, and the .NET that runs here has {host}.",
        $"Build the module for .NET {Environment.Version.Major}, or install a krang-upgrade for the newer .NET.");

    public static Problem DependencyMissing(Need need) => Say("KU-2018", need.File.Path,
        $"{need.By} needs {need}, which is not there. "
        + "The host shares only its Sdk, Npgsql and the abstractions for logging and configuration.",
        need.File.Folder is { } folder
            ? $"Put {need.Name}.dll into {folder}; 'dotnet publish' of the module's project gathers all it needs."
            : $"Put the module into a folder of its own name, with {need.Name}.dll beside it.");

    public static Problem DependencyTooOld(Need need, Version found) => Say("KU-2019", need.File.Path,
        $"{need.By} needs {need}, and beside it is {need.Name} {found}.", $"Put {need.Name}.dll {need.Version} or newer into its folder.");

    public static Problem DependencyBroken(Need need, string why) => Say("KU-2020", need.File.Path,
        $"{need.By} needs {need}, and the one beside it cannot be used. {why}", $"Copy {need.Name}.dll again.");

    /// <summary>Of what a library of the module refers to: where that is never called, nobody misses it.</summary>
    public static Problem Indirect(Problem problem) => problem with
    {
        Severity = Severity.Warning,
        Message = $"{problem.Message} A step that comes to it fails; one that does not runs well.",
    };

    public static Problem MissingInShared(ModuleFile file, string by, string shared, Version? host, IReadOnlyList<string> what) => Say(
        "KU-2033", file.Path,
        $"{by}, which the module brings, uses {Problem.Join(what)}, and {shared} {host} of this host does not have that.",
        $"Take a version of {by} that was built for {shared} {host}, and build the module again.");

    // Loading.

    public static Problem Moved(string file) => Say("KU-2021", file,
        "The file has changed since the catalogue was read.", "Give the same command again, once nobody is copying modules.");

    public static Problem Unloadable(UpgradeModule module, Exception e) => Say("KU-2022", module.File,
        $"{module.TypeName} cannot be loaded. {Describe(e)}",
        "Build it again against the versions that are here; --verbose shows details.");

    public static Problem ConstructorThrew(UpgradeModule module, Exception e) => Say("KU-2023", module.File,
        $"The constructor of {module.TypeName} failed. {Describe(e)}", "Mend the module; a constructor should do no work.");

    public static Problem ConstructorHangs(UpgradeModule module, TimeSpan limit) => Say("KU-2026", module.File,
        $"{module.TypeName} was not loaded and constructed within {limit.TotalSeconds:0.#} s.",
        "Mend the module; a constructor should do no work.");

    // The copy that is loaded.

    public const string NoCopyCode = "KU-2030";

    public static Problem InsecureCopy(string parent, IReadOnlyDictionary<string, string> faults) => Say("KU-2029", parent,
        "Modules are loaded from a private copy here, and others could change that: "
        + $"{string.Join(", ", faults.Select(fault => $"{fault.Key} {fault.Value}"))}.",
        Elsewhere("See that only you can write there"));

    public static Problem NoCopy(string parent, string why) => Say(NoCopyCode, parent,
        $"Modules are loaded from a private copy, which cannot be made here. {why}",
        Elsewhere("See that it exists, can be written to and has room"));

    public static Problem NoExecution(string parent, string native) => Say("KU-2031", native,
        $"Modules are loaded from a private copy in {parent}, and the system loads no library from there: it is mounted noexec.",
        Elsewhere("Mount it otherwise"));

    private static string Elsewhere(string remedy) => $"{remedy}; or name another directory: Modules:CopyDirectory, or TMPDIR.";

    private static string Describe(Exception e) => Limit(Postgres.FailureText.NameAndMessage(e), 500);

    private static Problem Say(string code, string subject, string message, string remedy, Severity severity = Severity.Error) =>
        new(code, subject, Limit(message, 2000), Limit(remedy, 2000), severity);

    /// <summary>Names out of a damaged file, and what strangers' code throws, may be of any length and hold anything.</summary>
    private static string Limit(string text, int length)
    {
        var shown = text.ReplaceLineEndings(" ");
        if (shown.Length > length) shown = shown[..length] + "…";
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c)) : shown;
    }
}
