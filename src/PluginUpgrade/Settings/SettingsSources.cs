using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Settings;

/// <summary>The layers that settings come from, later ones over earlier ones.</summary>
public static class SettingsSources
{
    public const string FileName = "krang-upgrade.json";
    public const string EnvironmentPrefix = "KRANG_";

    /// <param name="arguments">Settings given on the command line, as <c>--Run:Parallel=4</c>.</param>
    public static (IConfigurationRoot Configuration, IReadOnlyList<Problem> Problems) Read(
        string root, string? file, IReadOnlyList<string> arguments)
    {
        List<Problem> problems = [];
        var path = Path.GetFullPath(file ?? FileName, root);
        var builder = new ConfigurationBuilder();
        AddFile(builder, path, problems);
        if (Environment.GetEnvironmentVariable($"{EnvironmentPrefix}ENVIRONMENT") is { Length: > 0 } environment)
        {
            var layered = Path.ChangeExtension(path, $".{environment}.json");
            if (File.Exists(layered)) AddFile(builder, layered, problems);
            else problems.Add(SettingsProblem.NoFileForEnvironment(environment, layered));
        }
        builder.AddEnvironmentVariables(EnvironmentPrefix).AddCommandLine([.. arguments]);
        var configuration = builder.Build();

        if (!File.Exists(path) && (file is not null || !HasSections(configuration))) problems.Add(SettingsProblem.NoFile(path));
        return (configuration, problems);
    }

    /// <summary>The files that are read, or would be if they were there.</summary>
    public static IEnumerable<string> Files(string root, string? file)
    {
        var path = Path.GetFullPath(file ?? FileName, root);
        return Environment.GetEnvironmentVariable($"{EnvironmentPrefix}ENVIRONMENT") is { Length: > 0 } environment
            ? [path, Path.ChangeExtension(path, $".{environment}.json")] : [path];
    }

    /// <summary>Where a key's value comes from, for messages.</summary>
    public static string Origin(IConfigurationRoot configuration, string key)
    {
        // A section without a value of its own comes from where its first descendant does.
        var leaf = configuration.GetSection(key);
        while (leaf.Value is null && leaf.GetChildren().FirstOrDefault() is { } child) leaf = child;
        return configuration.Providers.Reverse().FirstOrDefault(provider => provider.TryGet(leaf.Path, out _)) switch
        {
            JsonConfigurationProvider json => Path.GetFileName(json.Source.Path) ?? FileName,
            EnvironmentVariablesConfigurationProvider =>
                $"environment variable {EnvironmentPrefix}{leaf.Path.Replace(":", "__", StringComparison.Ordinal)}",
            null => "settings",
            _ => "command line",
        };
    }

    private static void AddFile(ConfigurationBuilder builder, string path, List<Problem> problems)
    {
        if (!File.Exists(path)) return;
        if (RegularFile.Fault(path) is { } fault)
        {
            problems.Add(SettingsProblem.NoOrdinaryFile(path, fault));
            return;
        }
        try
        {
            // Read once on its own, so that one unreadable file is one problem and the other layers are still checked.
            new ConfigurationBuilder().Add<IndexedJsonFile>(Find).Build();
            builder.Add<IndexedJsonFile>(Find);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            problems.Add(SettingsProblem.Unreadable(path, e.GetBaseException().Message));
        }

        void Find(IndexedJsonFile file)
        {
            file.Path = path;
            file.ResolveFileProvider();
        }
    }

    private static bool HasSections(IConfigurationRoot configuration) =>
        configuration.GetChildren().Any(section => section.GetChildren().Any());
}
