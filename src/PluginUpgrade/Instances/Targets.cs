using System.Data.Common;
using PluginUpgrade.Settings;

namespace PluginUpgrade.Instances;

/// <summary>All targets: the installation, and its configured and discovered instances by name.</summary>
public sealed record Targets(Target Installation, IReadOnlyList<Target> Instances)
{
    public IEnumerable<Target> All => Instances.Prepend(Installation);

    /// <summary>The installation only, which must be known before instances are discovered.</summary>
    /// <param name="database">The connection string, from the settings or of the embedded server.</param>
    public static Target InstallationOf(HostSettings settings, string database) =>
        Target(new Addresses(settings, database).Of(null), Scope.Installation, settings.Installation.Name, settings.Installation.Schema,
            InstanceSettings.NoLabels, true);

    /// <param name="discovered">The instances that the query of the settings returned.</param>
    public static (Targets Targets, IReadOnlyList<Problem> Problems) Of(
        HostSettings settings, Target installation, IReadOnlyList<InstanceSettings> discovered)
    {
        List<Problem> problems = [];
        List<Target> instances = [];
        HashSet<string> withDatabase = [], withoutSchema = [];
        var addresses = new Addresses(settings, installation.Database);
        foreach (var instance in settings.Instances.Concat(discovered))
            try
            {
                if (instance.Database is { } own && DatabaseAddress.Fault(own, complete: false) is { } fault)
                    throw new FormatException(fault);
                if (instance.Schema is null) withoutSchema.Add(instance.Name);
                if (instance is { Database: not null, Schema: null }) withDatabase.Add(instance.Name);
                instances.Add(Target(
                    addresses.Of(instance.Database), Scope.Instance, instance.Name, instance.Schema ?? "public", instance.Labels,
                    instance.Active));
            }
            catch (Exception e) when (e is ArgumentException or FormatException)
            {
                problems.Add(InstanceProblem.BadDatabase(instance.Name, e is FormatException ? $": {e.Message}" : "."));
            }
        // Discovered ones, and a database's name that is the installation's; others were found in the settings.
        foreach (var instance in instances)
        {
            var name = withoutSchema.Contains(instance.Name) ? instance.DatabaseName : instance.Schema;
            if (BesideNames.IsReserved(name))
                problems.Add(SettingsProblem.ReservedName(
                    $"instance '{instance.Name}'", name, isDiscovered: discovered.Any(one => one.Name == instance.Name)));
        }
        problems.AddRange(instances.GroupBy(instance => instance.Name, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1).Select(group => InstanceProblem.SameName(group.Key, group.Count())));
        problems.AddRange(instances.GroupBy(instance => (instance.Server, instance.DatabaseName, instance.Schema))
            .Where(group => group.Count() > 1).Select(group => InstanceProblem.SamePlace([.. group.Select(i => i.Name)], group.First())));
        var shared = instances.Append(installation).GroupBy(Place).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        instances =
        [
            .. instances.Select(instance => instance with
            {
                OwnDatabase = withDatabase.Contains(instance.Name) && !shared.Contains(Place(instance)),
                SharesDatabase = withoutSchema.Contains(instance.Name) && shared.Contains(Place(instance)),
            }),
        ];
        return (new Targets(installation, [.. instances.OrderBy(i => i.Name, StringComparer.Ordinal)]), problems);
    }

    private static (string, string) Place(Target target) => (target.Server, target.DatabaseName);

    /// <summary>Parsed connection strings. Thousands of instances share the installation's, so each is parsed once and kept once.</summary>
    private sealed class Addresses(HostSettings settings, string installation)
    {
        private readonly Dictionary<string, Address> _known = [];

        /// <param name="own">The instance's own part; null: none.</param>
        /// <exception cref="ArgumentException">It is not a valid connection string.</exception>
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
