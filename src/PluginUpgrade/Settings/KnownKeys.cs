using Microsoft.Extensions.Configuration;

namespace PluginUpgrade.Settings;

/// <summary>The keys of all settings. Any other key is a mistake: otherwise a misspelt one would be ignored silently.</summary>
public static class KnownKeys
{
    private const string AnyName = "*";
    private const string AnythingBelow = "**";

    private static readonly string[] Keys =
    [
        "Installation:Name", "Installation:Database", "Installation:Schema", "Installation:Modules", "Installation:Payload",
        "Installation:Embedded",
        $"Instances:{AnyName}:Database", $"Instances:{AnyName}:Schema", $"Instances:{AnyName}:Active",
        $"Instances:{AnyName}:Labels:{AnyName}",
        "Discover:Query", $"Discover:AllowServers:{AnythingBelow}",
        "Run:Parallel", "Run:PerServer", "Run:LockTimeout", "Run:ConnectTimeout", "Run:ReconnectWithin", "Run:KeepAlive",
        "Run:StepTimeout", "Run:CatchUpWithin", "Run:SmallTable", $"Run:StepTimeouts:{AnyName}",
        $"Run:SearchPath:{AnythingBelow}", "Run:StopAfterFailures",
        $"Run:Waves:{AnythingBelow}", "Run:Gate:Query", "Run:Gate:Command", "Run:Gate:Timeout",
        "Run:Save", "Run:Ask", "Save:Directory", "Save:SchemasPerArchive",
        $"Payload:Keep:{AnythingBelow}",
        $"Run:RefuseWhenConnected:{AnythingBelow}", "Check:LongTransaction", "Check:ReplicationLag",
        .. Hook("Before"), .. Hook("After"), .. Hook("OnFailure"),
        "Log:Keep",
        "Postgres:Bin",
        "Modules:CopyDirectory", $"Modules:{AnythingBelow}",
    ];

    /// <summary>The keys that are lists. A module's own settings may have further ones, which only the file shows.</summary>
    public static IReadOnlyList<string> Lists { get; } =
    [
        .. Keys.Where(key => key.EndsWith($":{AnythingBelow}", StringComparison.Ordinal) && key != $"Modules:{AnythingBelow}")
            .Select(key => key[..^(AnythingBelow.Length + 1)]),
    ];

    /// <summary>A command, or a section with one.</summary>
    private static string[] Hook(string name) => [$"Hooks:{name}", $"Hooks:{name}:Command", $"Hooks:{name}:Timeout"];

    public static IEnumerable<Problem> Unknown(IConfigurationRoot configuration) =>
        Unknown(configuration, configuration, [.. Keys.Select(key => key.Split(':'))], 0);

    private static IEnumerable<Problem> Unknown(
        IConfigurationRoot root, IConfiguration section, IReadOnlyList<string[]> keys, int depth)
    {
        foreach (var child in section.GetChildren())
        {
            // Only variables with a section in their name are settings: KRANG_ENVIRONMENT is none, nor is the KRANG_ROOT of other programs.
            if (depth == 0 && child.Value is not null && IsPlainVariable(child.Key)) continue;
            var fitting = keys.Where(key => key.Length > depth && Fits(key[depth], child.Key)).ToList();
            if (fitting.Any(key => key[depth] == AnythingBelow || (key.Length > depth + 1 && key[depth + 1] == AnythingBelow))) continue;
            if (fitting.Count == 0 || (child.GetChildren().Any() && fitting.All(key => key.Length == depth + 1)))
                yield return SettingsProblem.UnknownKey(child.Path, SettingsSources.Origin(root, child.Path), Similar(child, keys, depth));
            else
                foreach (var problem in Unknown(root, child, fitting, depth + 1)) yield return problem;
        }
    }

    private static bool Fits(string pattern, string key) =>
        pattern is AnyName or AnythingBelow || pattern.Equals(key, StringComparison.OrdinalIgnoreCase);

    private static bool IsPlainVariable(string key) =>
        Environment.GetEnvironmentVariable($"{SettingsSources.EnvironmentPrefix}{key}") is not null ||
        Environment.GetEnvironmentVariable($"{SettingsSources.EnvironmentPrefix}{key.ToUpperInvariant()}") is not null;

    private static string? Similar(IConfigurationSection child, IReadOnlyList<string[]> keys, int depth)
    {
        var nearest = NearestWord.Of(child.Key, keys.Where(key => key.Length > depth && key[depth] is not (AnyName or AnythingBelow))
            .Select(key => key[depth]));
        return nearest is null ? null : child.Path[..^child.Key.Length] + nearest;
    }
}
