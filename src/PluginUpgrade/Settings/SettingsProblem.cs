namespace PluginUpgrade.Settings;

/// <summary>Everything that can be wrong with settings: KU-10xx.</summary>
public static class SettingsProblem
{
    public static Problem NoFile(string path) => new("KU-1001", path,
        "There are no settings: the file does not exist.",
        $"Write {path} (README.md shows one), or name the installation's directory with --root DIR.");

    public static Problem Unreadable(string path, string reason) => new("KU-1002", path,
        $"The settings cannot be read: {reason}",
        "Correct the file; nothing else of it was looked at.");

    public static Problem NoFileForEnvironment(string environment, string path) => new("KU-1003", path,
        $"KRANG_ENVIRONMENT is '{environment}', but this file does not exist: no settings of that environment are used.",
        "Write the file, or correct KRANG_ENVIRONMENT.", Severity.Warning);

    public static Problem UnknownKey(string key, string origin, string? similar) => new("KU-1004", key,
        $"This key ({origin}) is not known.",
        similar is null ? "Remove it." : $"Write {similar}, or remove it.");

    public static Problem BadValue(string key, string origin, string expected) => new("KU-1005", key,
        $"The value ({origin}) is not {expected}.", "Correct the value.");

    public static Problem BadConnectionString(string key, string origin, string reason) => new("KU-1006", key,
        $"The connection string ({origin}) is not one that Npgsql accepts: {reason}",
        "Write it as Host=HOST;Database=NAME;Username=USER.");

    public static Problem BadInstanceName(string key, string reason) => new("KU-1007", key,
        $"The instance's name {reason}.",
        "Use letters, digits, '_', '-' and '.', at most 63 of them, not beginning with '-' or '.'.");

    public static Problem BadSchema(string key, string reason) => new("KU-1008", key,
        $"The schema's name {reason}.",
        "Choose another schema.");

    public static Problem OtherEncoding(string key, string origin, string part) => new("KU-1020", key,
        $"{part} ({origin}) asks for another encoding than UTF8: krang-upgrade speaks UTF8 with every server.",
        $"Take {part} away; the server converts to the database's own encoding by itself.");

    public static Problem NoRoot(string root) => new("KU-1009", root,
        "The installation's root directory does not exist.", "Name an existing directory with --root DIR.");
}
