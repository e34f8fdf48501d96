using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>A database with what is around it and what lies in it, and the targets that are looked at in it.</summary>
/// <param name="Pending">Of the targets, those that something is to be done to: only these refuse an upgrade.</param>
public sealed record CheckedDatabase(
    ServerActivity Around, DatabaseContents Contents, IReadOnlyList<Target> Targets, IReadOnlySet<Target> Pending)
{
    private readonly ILookup<string, Target> _bySchema = Targets.ToLookup(target => target.Schema);

    /// <summary>The targets whose schema this is: two where the installation and an instance share it.</summary>
    public IEnumerable<Target> In(string schema) => _bySchema[schema];

    public Severity SeverityFor(IEnumerable<Target> targets) => targets.Any(Pending.Contains) ? Severity.Error : Severity.Warning;

    /// <summary>As people read it.</summary>
    public string Name => $"database {Around.Database} on {Around.Server}";
}
