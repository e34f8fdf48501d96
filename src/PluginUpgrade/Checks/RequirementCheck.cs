using PluginUpgrade.Databases;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Checks;

/// <summary>A requirement of a module that is not met.</summary>
/// <param name="Why">The reason, as a sentence.</param>
/// <param name="IsFinal">Whether only the operator can meet it: no step of an upgrade can.</param>
public sealed record Unmet(string Code, string Why, string Remedy, bool IsFinal = false)
{
    public const string Version = "KU-3230", Extension = "KU-3231", Setting = "KU-3232", Query = "KU-3233",
        Module = "KU-3234", CheckFailed = "KU-3235", Exactly = "KU-3239";

    /// <summary>See <see cref="Problem.Details"/>.</summary>
    public string Details { get; init; } = "";

    /// <summary>The problem for a target on which nothing has changed yet.</summary>
    public Problem Of(Target target, UpgradeModule module) =>
        new(Code, $"{target}", $"{module} cannot run: {Why}", Remedy) { Details = Details };
}

/// <summary>The target has the version, and its database the extensions and settings that a module requires.</summary>
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

    /// <summary>Steps of the plan whose module requires exactly another version than the one right before it.</summary>
    /// <param name="modules">The drop folder's modules.</param>
    public static IEnumerable<Problem> OtherVersions(Plan plan, IReadOnlyList<UpgradeModule> modules)
    {
        foreach (var one in Precondition.Of(plan))
            if (one.OtherVersion(modules) is var (required, found)) yield return Other(required, found).Of(one.Step.Target, one.Module);
    }

    private static Unmet Other(UpgradeVersion required, UpgradeVersion found) => new(Unmet.Exactly,
        $"it requires exactly {required}, but the version before it is {found}.",
        found < required
            ? $"Upgrade to {required} first, with the modules of that release; or put those modules into the drop folder too."
            : $"Use a module that is made for {found}; or go back to {required} by restoring a save: {NextCommand.Of("saves")}", true);

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
            isOffered ? $"As a role with the right to create it: CREATE EXTENSION {name};"
                : $"Install the extension's package on the server, then: CREATE EXTENSION {name};", IsFinal: !isOffered);
    }

    private static Unmet? Of(Requirement.Setting setting, RequirementState state)
    {
        var (value, atStart) = state.Settings[setting.Name];
        if (setting.IsMetBy(value)) return null;
        return new Unmet(Unmet.Setting,
            $"it needs {setting}, but {(value is null ? "no such setting exists, or this role cannot see it" : $"it is '{value}'")}.",
            atStart ? $"Set {setting} in the server's configuration and restart the server."
                : $"Set {setting} for the server, the database or the role.",
            atStart);
    }
}
