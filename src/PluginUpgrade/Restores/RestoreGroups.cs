using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores;

/// <summary>
/// Groups schemas of one database that depend on each other, for example by foreign keys. They are restored in one transaction: restoring
/// one alone would drop the other's objects. In a new database nothing can be dropped, so there they are only ordered. Pure.
/// </summary>
internal static class RestoreGroups
{
    /// <param name="tasks">The tasks of one database; all are schemas.</param>
    /// <param name="live">Present dependencies: the first schema depends on the second.</param>
    /// <param name="missing">Whether the database will be created.</param>
    /// <returns>The same tasks, with their groups and stages.</returns>
    public static IReadOnlyList<RestoreTask> Of(
        IReadOnlyList<RestoreTask> tasks, IReadOnlyCollection<(string From, string To)> live, bool missing)
    {
        var bySchema = tasks.ToDictionary(task => task.Target.Schema);
        var links = tasks.SelectMany(task => task.RestsOn.Select(to => (From: task.Target.Schema, To: to))).Concat(live)
            .Where(link => link.From != link.To && bySchema.ContainsKey(link.From) && bySchema.ContainsKey(link.To)).Distinct().ToList();
        if (links.Count == 0) return tasks;
        return missing ? InStages(tasks, links)
            : [.. LinkedSchemas.Groups([.. bySchema.Keys], links).SelectMany(group => Together(group, 0))];

        IEnumerable<RestoreTask> Together(IReadOnlyList<string> group, int stage)
        {
            List<RestoreTask> members = [.. group.Select(schema => bySchema[schema] with { Stage = stage })];
            return members.Count == 1 ? members : members.Select(task => task with { Together = members });
        }

        IReadOnlyList<RestoreTask> InStages(IReadOnlyList<RestoreTask> all, IReadOnlyList<(string From, string To)> pairs)
        {
            List<RestoreTask> placed = [];
            HashSet<string> left = [.. all.Select(task => task.Target.Schema)];
            var on = pairs.ToLookup(link => link.From, link => link.To);
            for (var stage = 0; left.Count > 0; stage++)
            {
                var ready = left.Where(schema => !on[schema].Any(left.Contains)).ToList();
                // The remaining schemas depend on each other in a cycle.
                placed.AddRange(ready.Count > 0
                    ? ready.Select(schema => bySchema[schema] with { Stage = stage }) : Together([.. left], stage));
                if (ready.Count == 0) break;
                left.ExceptWith(ready);
            }
            return placed;
        }
    }
}
