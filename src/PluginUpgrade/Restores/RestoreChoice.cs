using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores;

/// <summary>Decides which save is meant. Pure.</summary>
public static class RestoreChoice
{
    /// <param name="saves">Oldest first.</param>
    /// <param name="id">The beginning of an ID; null: the newest complete save that contains the targets.</param>
    /// <param name="needed">The targets that it must hold.</param>
    /// <returns>The save is null if one of the problems is an error.</returns>
    public static (Save? Save, IReadOnlyList<Problem> Problems) Of(
        IReadOnlyList<Save> saves, string? id, string installation, string directory, IReadOnlyList<Target> needed)
    {
        if (id is not null) return OfId(saves, id, installation, directory);
        List<Problem> passedOver = [];
        foreach (var save in saves.Reverse())
        {
            if (save.Fault is { } fault) passedOver.Add(RestoreProblem.PassedOver(fault));
            else if (Wrong(save, installation) is { } wrong) passedOver.Add(RestoreProblem.PassedOver(wrong));
            else if (needed.All(target => Find(save, target) is not null)) return (save, passedOver);
        }
        return (null, [.. passedOver, RestoreProblem.NoSave(directory, Problem.Join([.. needed.Select(target => $"{target}")]))]);
    }

    private static (Save?, IReadOnlyList<Problem>) OfId(IReadOnlyList<Save> saves, string id, string installation, string directory)
    {
        var found = saves.Where(save => save.Id.StartsWith(id, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count == 0) return (null, [RestoreProblem.UnknownId(directory, id, [.. saves.Select(save => save.Id)])]);
        if (found.Count > 1) return (null, [RestoreProblem.AmbiguousId(id, [.. found.Select(save => save.Id)])]);
        if (found[0].Manifest is null) return (null, [found[0].Fault!]);
        return Wrong(found[0], installation) is { } wrong ? (null, [wrong]) : (found[0], []);
    }

    private static Problem? Wrong(Save save, string installation) => save.Manifest!.Installation == installation
        ? null : RestoreProblem.OtherInstallation(save.Id, save.Manifest.Installation, installation);

    /// <summary>The target in the save; null if the save does not hold it.</summary>
    public static SavedTarget? Find(Save save, Target target) => save.Manifest!.Targets.FirstOrDefault(saved => saved.Scope == target.Scope
        && (target.Scope == Scope.Installation || saved.Name.Equals(target.Name, StringComparison.OrdinalIgnoreCase)));
}
