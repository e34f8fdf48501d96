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
        Target(new Addresses(settings, database).Of(null), Scope.Installation, settings.Installation.Name, settings.Installation.Schema,
            InstanceSettings.NoLabels, true);

    /// <param name="discovered">What the settings' query found.</param>
    public static (Targets Targets, IReadOnlyList<Problem> Problems) Of(
        HostSettings settings, Target installation, IReadOnlyList<InstanceSettings> discovered)
    {
        List<Problem> problems = [];
        List<Target> instances = [];
        HashSet<string> withoutSchema = [];
        var addresses = new Addresses(settings, installation.Database);
        foreach (var instance in settings.Instances.Concat(discovered))
            try
            {
                if (instance.Database is { } own && DatabaseAddress.Fault(own, complete: false) is { } fault)
                    throw new FormatException(fault);
                if (instance is { Database: not null, Schema: null }) withoutSchema.Add(instance.Name);
                instances.Add(Target(
                    addresses.Of(instance.Database), Scope.Instance, instance.Name, instance.Schema ?? "public", instance.Labels,
                    instance.Active));
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

    /// <summary>
    /// Connection strings, taken apart. Thousands of instances share the installation's: it is one and the same text for all of them.
    /// </summary>
    private sealed class Addresses(HostSettings settings, string installation)
    {
        private readonly Dictionary<string, Address> _known = [];

        /// <param name="own">What an instance says of it; null: nothing.</param>
        /// <exception cref="ArgumentException">It is none.</exception>
        public Address Of(string? own)
        {
            if (_known.TryGetValue(own ?? "", out var known)) return known;
            var merged = DatabaseAddress.Merge(installation, own);
            return _known[own ?? ""] = new Address(
                merged.ConnectionString, DatabaseAddress.Server(merged), merged.Database ?? merged.Username ?? "",
                Embedded: settings.Installation.Database is null && SameHost(merged));
        }

        private bool SameHost(DbConnectionStringBuilder merged) =>
            merged["Host"].Equals(DatabaseAddress.Read(installation).Host);
    }

    private sealed record Address(string Database, string Server, string DatabaseName, bool Embedded);

    private static Target Target(
        Address address, Scope scope, string name, string schema, IReadOnlyDictionary<string, string> labels, bool active)
    {
        return new Target
        {
            Scope = scope,
            Name = name,
            Database = address.Database,
            Schema = schema,
            Server = address.Server,
            DatabaseName = address.DatabaseName,
            Labels = labels,
            Active = active,
            Embedded = address.Embedded,
        };
    }
}
