using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores;

/// <summary>
/// Schemas of one database that rest on each other, as by foreign keys, are restored in one transaction: one alone would take the other's
/// objects away. In a database that is made anew nothing can be taken away, so there they only follow one another. Pure.
/// </summary>
internal static class RestoreGroups
{
    /// <param name="tasks">Of one database, schemas all.</param>
    /// <param name="live">What rests on what now: the first schema on the second.</param>
    /// <param name="missing">The database is made anew.</param>
    /// <returns>The same tasks, with those that belong together and their stage.</returns>
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
                // What is left rests on itself in a circle.
                placed.AddRange(ready.Count > 0
                    ? ready.Select(schema => bySchema[schema] with { Stage = stage }) : Together([.. left], stage));
                if (ready.Count == 0) break;
                left.ExceptWith(ready);
            }
            return placed;
        }
    }
}
