using System.IO.Enumeration;

namespace PluginUpgrade.Instances;

/// <summary>The instances that a command line selects.</summary>
/// <param name="Chosen">In their order. Where none are named, also inactive ones, so that they can be listed.</param>
/// <param name="Excluded">Active instances that were excluded by name.</param>
public sealed record InstanceSelection(IReadOnlyList<Target> Chosen, IReadOnlyList<Target> Excluded, IReadOnlyList<Problem> Problems)
{
    public static InstanceSelection Of(IReadOnlyList<Target> instances, InstanceFilter choice)
    {
        List<Problem> problems = [];
        var named = choice.Names.Count == 0 ? instances : Named(instances, choice.Names, problems, mustBeActive: true);
        var labelled = choice.Labels.Count == 0 ? named : Labelled(named, choice.Labels, problems);
        var excluded = Named(instances, choice.Excluded, problems, mustBeActive: false).ToHashSet();
        List<Target> chosen = [.. labelled.Where(target => !excluded.Contains(target))];
        if (chosen.Count == 0 && instances.Count > 0 && problems.Count == 0) problems.Add(InstanceProblem.NoneLeft());
        return new InstanceSelection(chosen, [.. labelled.Where(target => target.Active && excluded.Contains(target))], problems);
    }

    private static List<Target> Named(
        IReadOnlyList<Target> instances, IReadOnlyList<string> names, List<Problem> problems, bool mustBeActive)
    {
        HashSet<Target> chosen = new(ReferenceEqualityComparer.Instance);
        foreach (var name in names.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var isPattern = name.Contains('*') || name.Contains('?');
            var found = isPattern
                ? instances.Where(target => FileSystemName.MatchesSimpleExpression(name, target.Name)).ToList()
                : instances.Where(target => target.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Take(1).ToList();
            if (found.Count == 0)
                problems.Add(isPattern ? InstanceProblem.NoMatch(name) : InstanceProblem.Unknown(name, Similar(instances, name)));
            else if (mustBeActive && !isPattern && !found[0].Active) problems.Add(InstanceProblem.Inactive(found[0].Name));
            else chosen.UnionWith(found.Where(target => target.Active));
        }
        return [.. instances.Where(chosen.Contains)];
    }

    private static List<Target> Labelled(IReadOnlyList<Target> instances, IReadOnlyList<string> labels, List<Problem> problems)
    {
        var chosen = instances.Where(target => target.Active).ToList();
        foreach (var key in labels.Select(label => label.Split('=', 2)).ToLookup(pair => pair[0].Trim(), pair => pair[^1].Trim()))
        {
            foreach (var value in key.Where(value => !instances.Any(target => Has(target, key.Key, value))))
                problems.Add(InstanceProblem.NoLabel(
                    key.Key, value, [.. instances.SelectMany(target => target.Labels.Keys).Distinct().Order(StringComparer.Ordinal)]));
            chosen = [.. chosen.Where(target => key.Any(value => Has(target, key.Key, value)))];
        }
        return chosen;
    }

    private static bool Has(Target target, string key, string value) => target.Labels.TryGetValue(key, out var own) && own == value;

    private static string? Similar(IReadOnlyList<Target> instances, string name) => instances
        .Select(instance => instance.Name)
        .FirstOrDefault(other =>
            other.StartsWith(name, StringComparison.OrdinalIgnoreCase) || name.StartsWith(other, StringComparison.OrdinalIgnoreCase))
        ?? NearestWord.Of(name, instances.Select(instance => instance.Name));
}
