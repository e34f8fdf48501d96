namespace PluginUpgrade.Instances;

/// <summary>The instances that a command line names.</summary>
public static class Selection
{
    /// <param name="names">None: all instances, inactive ones too, so that they can be listed.</param>
    public static (IReadOnlyList<Target> Chosen, IReadOnlyList<Problem> Problems) Of(
        IReadOnlyList<Target> instances, IReadOnlyList<string> names)
    {
        if (names.Count == 0) return (instances, []);
        List<Target> chosen = [];
        List<Problem> problems = [];
        foreach (var name in names.Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var instance = instances.FirstOrDefault(i => i.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (instance is null) problems.Add(InstanceProblem.Unknown(name, Similar(instances, name)));
            else if (!instance.Active) problems.Add(InstanceProblem.Inactive(instance.Name));
            else chosen.Add(instance);
        }
        return (chosen, problems);
    }

    private static string? Similar(IReadOnlyList<Target> instances, string name) => instances
        .Select(instance => instance.Name)
        .FirstOrDefault(other =>
            other.StartsWith(name, StringComparison.OrdinalIgnoreCase) || name.StartsWith(other, StringComparison.OrdinalIgnoreCase));
}
