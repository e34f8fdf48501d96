using System.Text.Json;

namespace PluginUpgrade.Settings;

/// <summary>The problems of settings: KU-10xx.</summary>
public static class SettingsProblem
{
    public static Problem NoFile(string path) => new("KU-1001", path,
        "The settings file does not exist.",
        $"Select the installation's directory with --root DIR; or write a first settings file: {NextCommand.Of("init")}");

    public static Problem Unreadable(string path, Exception e) => new("KU-1002", path,
        $"The settings cannot be read: {Reason(e)}", e is IOException or UnauthorizedAccessException
            ? "Let this user read the file, then run the same command." : "Correct the file. The rest of it was not checked.");

    /// <summary>The parser counts lines and characters from zero; people count from one.</summary>
    private static string Reason(Exception e) => e.GetBaseException() is not JsonException { LineNumber: { } line } wrong
        ? e.GetBaseException().Message
        : $"line {line + 1}, character {(wrong.BytePositionInLine ?? 0) + 1}: {wrong.Message.Split(" LineNumber:")[0]}";

    public static Problem Empty(string path) => new("KU-1002", path,
        "The settings file is empty.", "Write at least {}, or remove it and write a first one: " + NextCommand.Of("init"));

    public static Problem NoFileForEnvironment(string environment, string path) => new("KU-1003", path,
        $"KRANG_ENVIRONMENT is '{environment}', but this file does not exist, so no settings of that environment apply.",
        "Write the file, or correct KRANG_ENVIRONMENT.", Severity.Warning);

    public static Problem UnknownKey(string key, string origin, string? similar) => new("KU-1004", key,
        $"This key ({origin}) is unknown.",
        similar is null ? "Remove it." : $"Write {similar}, or remove it.");

    public static Problem BadValue(string key, string origin, string expected) => new("KU-1005", key,
        $"The value ({origin}) is not {expected}.", "Correct the value.");

    public static Problem BadConnectionString(string key, string origin, string reason) => new("KU-1006", key,
        $"The connection string ({origin}) is not valid: {reason}",
        "Write it as Host=HOST;Database=NAME;Username=USER, or as postgresql://USER@HOST/NAME.");

    public static Problem ReservedName(string subject, string name, bool isDiscovered = false) => new("KU-1014", subject,
        $"'{name}' cannot be an instance: names that end with __next, __before or __failed are what side-by-side upgrades build and keep.",
        isDiscovered ? "Leave such rows out of Discover:Query." : "Remove the instance, or rename its schema or database.");

    public static Problem NoDatabase(string cluster, string hint) => new("KU-1010", "Installation:Database",
        $"No database is configured, and {cluster} has no embedded server. None was created, because a setting may be missing.{hint}",
        "Set Installation:Database; or, for a new and empty server here, set Installation:Embedded to true.");

    public static Problem TwoDatabases(string origin, string other) => new("KU-1011", "Installation:Embedded",
        $"It is true ({origin}), but Installation:Database is set too ({other}). These are two servers.",
        "Leave out one of them, or set Installation:Embedded to false.");

    public static Problem NotMadeYet(string cluster, string what) => new("KU-1012", cluster,
        $"The embedded server does not exist yet, and {what} does not create it.", $"Create it with an upgrade: {NextCommand.Of("")}");

    public static Problem BadInstanceName(string key, string reason) => new("KU-1007", key,
        $"The instance's name {reason}.",
        "Use letters, digits, '_', '-' and '.', at most 63 characters, not '-' or '.' at the start.");

    public static Problem BadSchema(string key, string reason) => new("KU-1008", key,
        $"The schema's name {reason}.",
        "Choose another schema.");

    public static Problem OtherEncoding(string key, string origin, string part) => new("KU-1020", key,
        $"{part} ({origin}) asks for an encoding other than UTF8. krang-upgrade always uses UTF8.",
        $"Remove {part}. The server converts to the database's encoding.");

    public static Problem NoRoot(string root) => new("KU-1009", root,
        File.Exists(root) ? "The installation's root is a file, not a directory." : "The installation's root directory does not exist.",
        "Select an existing directory with --root DIR.");

    public static Problem Insecure(string path, string why, bool allowed) => new("KU-1030", path,
        $"This {why}. That user could make krang-upgrade do anything.",
        "Check that the files are yours, then remove the right (chmod go-w, chown); or accept the risk: --allow-insecure-modules",
        allowed ? Severity.Warning : Severity.Error);

    public static Problem NoOrdinaryFile(string path, string fault) => new("KU-1031", path,
        $"The settings cannot be read. {fault}", "Replace it with a file.");
}
