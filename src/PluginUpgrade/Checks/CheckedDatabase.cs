using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>A database that is checked: its server's activity, its contents, and the targets in it.</summary>
/// <param name="Pending">The targets that the run changes: only they can refuse an upgrade.</param>
public sealed record CheckedDatabase(
    ServerActivity Around, DatabaseContents Contents, IReadOnlyList<Target> Targets, IReadOnlySet<Target> Pending)
{
    private readonly ILookup<string, Target> _bySchema = Targets.ToLookup(target => target.Schema);

    /// <summary>The targets in this schema: two where the installation and an instance share it.</summary>
    public IEnumerable<Target> In(string schema) => _bySchema[schema];

    public Severity SeverityFor(IEnumerable<Target> targets) => targets.Any(Pending.Contains) ? Severity.Error : Severity.Warning;

    /// <summary>The name for messages.</summary>
    public string Name => $"database {Around.Database} on {Around.Server}";
}
