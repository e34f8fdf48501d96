using PluginUpgrade.Payloads;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>What is read of program files before anything is decided, each when it is first asked for: hashing takes time.</summary>
public sealed class ProgramFiles(HostSettings settings)
{
    private readonly Lazy<PayloadReading?> _reading = new(() => PayloadFolder.Read(settings));
    private readonly Lazy<PayloadRecord?> _record = new(() => PayloadRecord.Read(settings.Root));

    /// <summary>What of the root is the operator's.</summary>
    public KeptPaths Kept { get; } = new(settings.PayloadKeep);

    /// <summary>The payload folder, with all that is wrong with it; null where there is none.</summary>
    public PayloadReading? Reading => _reading.Value;

    /// <summary>The version in the payload folder, without a look at the files; null where there is none.</summary>
    public UpgradeVersion? Ready => PayloadFolder.VersionIn(settings);

    /// <summary>Of which payload the root's files are; null: of none.</summary>
    public PayloadRecord? Record => _record.Value;

    /// <summary>The plan with what its payload comes to in this root, and what is in the way of it.</summary>
    public (Plan Plan, IReadOnlyList<Problem> Problems) Compare(Plan plan)
    {
        if (plan.Actions.OfType<InstallFiles>().FirstOrDefault() is not { } install) return (plan, []);
        var (effect, problems) = PayloadInstallation.Preview(install.Payload, Kept, settings.Root);
        return (plan.With(install, install with { Effect = effect }), problems);
    }

    /// <summary>That the root's files and the databases are of different payloads: a warning.</summary>
    public IEnumerable<Problem> Disagreement(TargetProgress installation) =>
        FilesPlanner.Disagreement(Record, installation) is { } problem ? [problem] : [];
}
