using System.Data.Common;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Instances;

/// <summary>All targets of the installation: itself, and its instances, configured and discovered, in the order of their names.</summary>
public sealed record Targets(Target Installation, IReadOnlyList<Target> Instances)
{
    public IEnumerable<Target> All => Instances.Prepend(Installation);

    /// <summary>The installation alone: what must be known to discover the rest.</summary>
    /// <param name="database">Its connection string: the settings', or the embedded server's.</param>
    public static Target InstallationOf(HostSettings settings, string database) =>
        Target(settings, database, Scope.Installation, settings.Installation.Name, null, settings.Installation.Schema, null, true);

    /// <param name="discovered">What the settings' query found.</param>
    public static (Targets Targets, IReadOnlyList<Problem> Problems) Of(
        HostSettings settings, Target installation, IReadOnlyList<InstanceSettings> discovered)
    {
        List<Problem> problems = [];
        List<Target> instances = [];
        HashSet<string> withoutSchema = [];
        foreach (var instance in settings.Instances.Concat(discovered))
            try
            {
                if (instance.Database is { } own && DatabaseAddress.Fault(own, complete: false) is { } fault)
                    throw new FormatException(fault);
                if (instance is { Database: not null, Schema: null }) withoutSchema.Add(instance.Name);
                instances.Add(Target(
                    settings, installation.Database, Scope.Instance, instance.Name,
                    instance.Database, instance.Schema ?? "public", instance.Labels, instance.Active));
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                problems.Add(InstanceProblem.BadDatabase(instance.Name, e is FormatException ? $": {e.Message}" : "."));
            }
        problems.AddRange(instances.GroupBy(instance => instance.Name, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1).Select(group => InstanceProblem.SameName(group.Key, group.Count())));
        problems.AddRange(instances.GroupBy(instance => (instance.Server, instance.DatabaseName, instance.Schema))
            .Where(group => group.Count() > 1).Select(group => InstanceProblem.SamePlace([.. group.Select(i => i.Name)], group.First())));
        var shared = instances.Append(installation).GroupBy(Place).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        instances = [.. instances.Select(instance =>
            instance with { OwnDatabase = withoutSchema.Contains(instance.Name) && !shared.Contains(Place(instance)) })];
        return (new Targets(installation, [.. instances.OrderBy(i => i.Name, StringComparer.Ordinal)]), problems);
    }

    private static (string, string) Place(Target target) => (target.Server, target.DatabaseName);

    private static readonly IReadOnlyDictionary<string, string> NoLabels = new Dictionary<string, string>();

    private static Target Target(HostSettings settings, string installation, Scope scope, string name, string? database, string schema,
        IReadOnlyDictionary<string, string>? labels, bool active)
    {
        var merged = DatabaseAddress.Merge(installation, database);
        return new Target
        {
            Scope = scope,
            Name = name,
            Database = merged.ConnectionString,
            Schema = schema,
            Server = DatabaseAddress.Server(merged),
            DatabaseName = merged.Database ?? merged.Username ?? "",
            Labels = labels is { Count: > 0 } ? labels : NoLabels,
            Active = active,
            Embedded = settings.Installation.Database is null && SameHost(merged, installation),
        };
    }

    private static bool SameHost(DbConnectionStringBuilder merged, string installation) =>
        merged["Host"].Equals(DatabaseAddress.Merge(installation, null).Host);
}
