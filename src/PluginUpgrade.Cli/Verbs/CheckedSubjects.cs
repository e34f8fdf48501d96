using PluginUpgrade.Cli.Terminal;
using PluginUpgrade.Planning;
using PluginUpgrade.Upgrades;

namespace PluginUpgrade.Cli.Verbs;

/// <summary>What <c>check</c> has checked, one line for each topic: "No problems" alone says little.</summary>
public static class CheckedSubjects
{
    public static IEnumerable<string> Of(Prepared<Plan> found)
    {
        var (state, plan) = (found.State, found.Plan);
        var modules = plan.Modules.Count();
        yield return "the settings, who can change the files that krang-upgrade uses, the list of instances";
        yield return $"{Words.Count(state.Catalogue.Modules.Count, "module")} in {state.Settings.Installation.Modules}" +
            (modules > 0 ? $"; the pending ones ({modules}) were loaded and constructed" : "");
        yield return $"{Words.Count(state.Targets.Count(one => one.Target.Active), "target")} on " +
            $"{Words.Count(state.Servers.Count, "server")}: version, journal, locks, rights, databases and schemas that are missing";
        yield return "other sessions, their transactions and locks; standbys; invalid indexes; instances that the settings do not name";
        yield return "free connections and locks, free space on this machine, cultures, PostgreSQL's programs";
        if (modules > 0) yield return "what the pending modules require";
        if (state.Files.Ready is { } ready) yield return $"the program files of {ready}";
        if (state.Settings.Hooks.All.Any()) yield return "the hooks' commands and files, without running them";
    }
}
