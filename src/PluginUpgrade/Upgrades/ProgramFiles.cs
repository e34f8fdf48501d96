using PluginUpgrade.Payloads;
using PluginUpgrade.Planning;
using PluginUpgrade.Settings;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Upgrades;

/// <summary>What is read of program files before any decision, each part when it is first needed, because hashing takes time.</summary>
public sealed class ProgramFiles(HostSettings settings)
{
    private readonly Lazy<PayloadReading?> _reading = new(() => PayloadFolder.Read(settings));
    private readonly Lazy<PayloadRecord?> _record = new(() => PayloadRecord.Read(settings.Root));

    /// <summary>The paths in the root that belong to the operator.</summary>
    public KeptPaths Kept { get; } = new(settings.PayloadKeep);

    /// <summary>The payload folder, with everything that is wrong with it; null if there is none.</summary>
    public PayloadReading? Reading => _reading.Value;

    /// <summary>The version in the payload folder, without examining its files; null if there is none.</summary>
    public UpgradeVersion? Ready => PayloadFolder.VersionIn(settings);

    /// <summary>The payload from which the root's files come; null: none.</summary>
    public PayloadRecord? Record => _record.Value;

    /// <summary>The plan with the effect of its payload on this root, and what prevents it.</summary>
    public (Plan Plan, IReadOnlyList<Problem> Problems) Compare(Plan plan)
    {
        if (plan.Actions.OfType<InstallFiles>().FirstOrDefault() is not { } install) return (plan, []);
        var (effect, problems) = PayloadInstallation.Preview(install.Payload, Kept, settings.Root);
        return (plan.With(install, install with { Effect = effect }), problems);
    }

    /// <summary>A warning if the root's files and the databases come from different payloads.</summary>
    public IEnumerable<Problem> Disagreement(TargetProgress installation) =>
        FilesPlanner.Disagreement(Record, installation) is { } problem ? [problem] : [];
}
