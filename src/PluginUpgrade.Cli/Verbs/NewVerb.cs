using System.CommandLine;
using System.Globalization;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Settings;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>Writes the project of a new module, whose build output goes to the drop folder. Needs no database and no settings.</summary>
public static class NewVerb
{
    /// <summary>The module's name in the template, which is also that of <c>dotnet new krang-module</c>.</summary>
    private const string Placeholder = "V0_000";

    private static readonly Argument<string> Version = SharedOptions.NoOption(
        new Argument<string>("V") { Description = "The version that the module upgrades to, such as 1.005." });

    public static Command Create(SharedOptions shared) =>
        new Command("new", "Write the project of a new module to modules/. Its build output goes to the drop folder.") { Version }
            .Does(shared, context => Task.FromResult(Run(context, shared)));

    private static int Run(VerbContext context, SharedOptions shared)
    {
        var root = Path.GetFullPath(context.Root);
        if (!Directory.Exists(root)) context.Problems.Add(SettingsProblem.NoRoot(root));
        var drop = context.Settings.Installation.Modules;
        var version = context.Version("new", context.Value(Version));
        var name = version is { } of ? $"V{of.Text.Replace('.', '_')}" : "";
        var project = Path.Combine(root, "modules", name);
        if (version == UpgradeVersion.Zero)
            context.Problems.Add(new Problem("KU-1102", "new 0", "An empty database has this version, so its module would never run.",
                "Choose a version above it."));
        if (version is { } wanted) context.Problems.AddRange(InTheWay(context, project, Path.Combine(drop, name), wanted));
        if (context.Problems.Count > 0) throw new UpgradeException(context.Problems);
        context.OnBegin();
        // Behind a symbolic link, a relative path would lead elsewhere.
        var isLink = new FileInfo(Path.GetDirectoryName(project)!).LinkTarget is not null;
        Write(project, name, isLink ? drop : Path.GetRelativePath(project, drop));
        var file = Path.Combine(project, $"{name}.cs");
        var shown = Path.GetRelativePath(root, project);
        var next = $"dotnet build -c Release {NextCommand.Quote(root == Path.GetFullPath(".") ? shown : project)}";
        if (context.Output.IsJson)
            context.Output.Json(Outcome.Done, 0, [], new { Module = name, Project = project, Modules = drop, Next = next });
        context.Output.WriteResult($"Written: {project}. Its build output goes to {Path.Combine(drop, name)}.");
        context.Output.WriteResult($"Next: edit {file}, then run: {next}");
        return 0;
    }

    private static IEnumerable<Problem> InTheWay(VerbContext context, string project, string built, UpgradeVersion version)
    {
        foreach (var path in (string[])[project, built, $"{built}.dll"])
            if (Path.Exists(path) || new FileInfo(path).LinkTarget is not null)
                yield return new Problem("KU-1131", path, "It exists already; it was not changed.",
                    "Choose another version, or edit the existing module if it was never applied.");
        // Another spelling of the same version: 1.1 and 1.001 are equal.
        foreach (var other in Projects(Path.GetDirectoryName(project)!).Where(other => other != project && VersionOf(other) == version))
            yield return new Problem("KU-1131", other, $"This project already has version {version}.",
                "Choose another version, or edit the existing project.");
        var catalogue = ModuleCatalogue.Scan(context.Settings.Installation.Modules, context.Settings.AllowInsecureModules);
        foreach (var module in catalogue.Modules.Where(module => module.Component.Length == 0 && module.Version == version))
            if (Path.GetDirectoryName(module.File) != built && module.File != $"{built}.dll")
                yield return new Problem("KU-1131", module.File, $"This module already has version {version}.", "Choose another version.");
    }

    private static IEnumerable<string> Projects(string folder) => Directory.Exists(folder) ? Directory.EnumerateDirectories(folder) : [];

    private static UpgradeVersion? VersionOf(string project) =>
        UpgradeVersion.TryParse(Path.GetFileName(project), out var version) ? version : null;

    /// <summary>Writes the whole project, or nothing.</summary>
    private static void Write(string project, string name, string drop)
    {
        var parent = Path.GetDirectoryName(project)!;
        var unfinished = Path.Combine(parent, $".{name}.{Path.GetRandomFileName()}");
        try
        {
            Directory.CreateDirectory(unfinished);
            foreach (var ending in (string[])[".csproj", ".cs"])
                File.WriteAllText(Path.Combine(unfinished, name + ending), Template(ending)
                    .Replace("../../upgrade/", $"{System.Security.SecurityElement.Escape(ForBuild(drop))}/", StringComparison.Ordinal)
                    .Replace(Placeholder, name, StringComparison.Ordinal));
            Directory.Move(unfinished, project);
        }
        catch (Exception e) when (FileError.Is(e))
        {
            if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
            throw new UpgradeException(new Problem("KU-1132", project,
                $"The project could not be written: {e.Message.Replace(unfinished, project, StringComparison.Ordinal)}",
                "Check permissions and free space, then run the same command."), e);
        }
    }

    /// <summary>Escapes a path for a project file, where MSBuild gives some characters a special meaning.</summary>
    private static string ForBuild(string path) => string.Concat(path.Select(c =>
        "%$@();?*'".Contains(c) ? string.Create(CultureInfo.InvariantCulture, $"%{(int)c:X2}") : $"{c}"));

    private static string Template(string ending)
    {
        using var stream = typeof(NewVerb).Assembly.GetManifestResourceStream(Placeholder + ending)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
