using System.Text.Json;
using Microsoft.Extensions.Configuration;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Settings;

/// <summary>The layers of the settings; later ones override earlier ones.</summary>
public static class SettingsSources
{
    public const string FileName = "krang-upgrade.json";
    public const string EnvironmentPrefix = "KRANG_";

    /// <param name="arguments">Settings on the command line, such as <c>--Run:Parallel=4</c>.</param>
    public static (IConfigurationRoot Configuration, IReadOnlyList<Problem> Problems) Read(
        string root, string? file, IReadOnlyList<string> arguments)
    {
        List<Problem> problems = [];
        var path = Path.GetFullPath(file ?? FileName, root);
        List<SettingsLayer> layers = [];
        AddFile(layers, path, problems);
        if (Environment.GetEnvironmentVariable($"{EnvironmentPrefix}ENVIRONMENT") is { Length: > 0 } environment)
        {
            var layered = Path.ChangeExtension(path, $".{environment}.json");
            if (File.Exists(layered)) AddFile(layers, layered, problems);
            else problems.Add(SettingsProblem.NoFileForEnvironment(environment, layered));
        }
        layers.Add(SettingsLayer.OfEnvironment(EnvironmentPrefix));
        layers.Add(SettingsLayer.OfArguments(arguments));
        SettingsLayer.KeepLastLists(layers, KnownKeys.Lists);
        var configuration = new ConfigurationRoot([.. layers]);

        if (!File.Exists(path) && (file is not null || !HasSections(configuration))) problems.Add(SettingsProblem.NoFile(path));
        return (configuration, problems);
    }

    /// <summary>The files that are read if they exist.</summary>
    public static IEnumerable<string> Files(string root, string? file)
    {
        var path = Path.GetFullPath(file ?? FileName, root);
        return Environment.GetEnvironmentVariable($"{EnvironmentPrefix}ENVIRONMENT") is { Length: > 0 } environment
            ? [path, Path.ChangeExtension(path, $".{environment}.json")] : [path];
    }

    /// <summary>Where a key's value comes from, for messages.</summary>
    public static string Origin(IConfigurationRoot configuration, string key)
    {
        // A section without a value of its own has the origin of its first descendant.
        var leaf = configuration.GetSection(key);
        while (leaf.Value is null && leaf.GetChildren().FirstOrDefault() is { } child) leaf = child;
        return configuration.Providers.OfType<SettingsLayer>().LastOrDefault(layer => layer.TryGet(leaf.Path, out _))?.OriginOf(leaf.Path)
            ?? "settings";
    }

    private static void AddFile(List<SettingsLayer> layers, string path, List<Problem> problems)
    {
        if (!File.Exists(path)) return;
        if (RegularFile.Fault(path) is { } fault)
        {
            problems.Add(SettingsProblem.NoOrdinaryFile(path, fault));
            return;
        }
        try
        {
            if (string.IsNullOrWhiteSpace(File.ReadAllText(path))) problems.Add(SettingsProblem.Empty(path));
            else layers.Add(SettingsLayer.OfFile(path));
        }
        catch (Exception e) when (e is FormatException or JsonException or IOException or UnauthorizedAccessException)
        {
            // One unreadable file is one problem, and the other layers are still checked.
            problems.Add(SettingsProblem.Unreadable(path, e));
        }
    }

    private static bool HasSections(ConfigurationRoot configuration) =>
        configuration.GetChildren().Any(section => section.GetChildren().Any());
}
