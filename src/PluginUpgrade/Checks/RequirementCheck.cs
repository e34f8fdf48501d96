using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>What is not as a module requires it.</summary>
/// <param name="Why">A sentence.</param>
/// <param name="IsFinal">Whether no step of an upgrade could change it: only the operator can.</param>
public sealed record Unmet(string Code, string Why, string Remedy, bool IsFinal = false)
{
    public const string Version = "KU-3230", Extension = "KU-3231", Setting = "KU-3232", Query = "KU-3233",
        Module = "KU-3234", CheckFailed = "KU-3235";

    /// <summary>As a problem's.</summary>
    public string Details { get; init; } = "";

    /// <summary>Of a target, before anything has changed.</summary>
    public Problem Of(Target target, UpgradeModule module) =>
        new(Code, $"{target}", $"{module} cannot run: {Why}", Remedy) { Details = Details };
}

/// <summary>Extensions and settings that a module requires, against what the target's database has.</summary>
public static class RequirementCheck
{
    public static IEnumerable<Unmet> Find(UpgradeModule module, RequirementState state)
    {
        foreach (var requirement in module.Requirements)
            if (requirement is Requirement.Extension extension && Of(extension, state) is { } noExtension) yield return noExtension;
            else if (requirement is Requirement.Setting setting && Of(setting, state) is { } otherSetting) yield return otherSetting;
    }

    public static Unmet NoVersion(UpgradeVersion required, UpgradeVersion from, UpgradeModule module) => new(Unmet.Version,
        $"it requires {required} or a later version, the target is at {from}, and no module here leads to that version.",
        $"Upgrade to {required} first, with the modules of that release; or put those modules into the drop folder too.", true);

    private static Unmet? Of(Requirement.Extension extension, RequirementState state)
    {
        var (installed, offered) = state.Extensions[extension.Name];
        if (extension.IsMetBy(installed)) return null;
        var name = PostgresName.Quote(extension.Name);
        if (installed is not null)
            return new Unmet(Unmet.Extension, $"it needs {extension}, but the database has {installed}.",
                $"As the extension's owner: ALTER EXTENSION {name} UPDATE; if the server has no newer version, install it there first.");
        var isOffered = offered.Split(' ', StringSplitOptions.RemoveEmptyEntries).Any(extension.IsMetBy);
        return new Unmet(Unmet.Extension,
            $"it needs {extension}, which is not installed in the database"
                + $"{(isOffered ? "" : ", and the server does not offer that version")}.",
            isOffered ? $"As a role that may: CREATE EXTENSION {name};"
                : $"Install the extension's package on the server, then: CREATE EXTENSION {name};", IsFinal: !isOffered);
    }

    private static Unmet? Of(Requirement.Setting setting, RequirementState state)
    {
        var (value, atStart) = state.Settings[setting.Name];
        if (setting.IsMetBy(value)) return null;
        return new Unmet(Unmet.Setting,
            $"it needs {setting}, but {(value is null ? "no such setting exists, or this role may not see it" : $"it is '{value}'")}.",
            atStart ? $"Set {setting} in the server's configuration and restart the server."
                : $"Set {setting} for the server, the database or the role.",
            atStart);
    }
}
