using PluginUpgrade.Running;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Cli.Terminal;

/// <summary>The commands that undo a run by restoring the save that was taken before it.</summary>
public static class RestoreHint
{
    public static IReadOnlyList<(string Command, string What)> Of(SaveManifest save, RunOutcome outcome)
    {
        var all = (NextCommand.Of($"restore --save {save.Id}"),
            save.Targets.Count == 1 ? $"{save.Targets[0]}" : "everything in the save");
        var failed = outcome.Failed.Select(lane => lane.Target)
            .Where(target => target.Scope == Scope.Instance
                && save.Targets.Any(saved => saved.Scope == Scope.Instance && saved.Name == target.Name))
            .Select(target => target.Name).Distinct().ToList();
        // More than 20 names are too many to type.
        return failed.Count is 0 or > 20 || failed.Count == save.Targets.Count
            ? [all] : [(NextCommand.Of($"restore {string.Join(' ', failed)} --save {save.Id}"), "what failed"), all];
    }
}
