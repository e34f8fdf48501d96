using PluginUpgrade.Journals;
using PluginUpgrade.Payloads;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>What is left to do for this root's program files only. Pure.</summary>
/// <param name="Doubt">A reason against it that the user may override; null: none.</param>
public sealed record FilesPlan(Plan Plan, IReadOnlyList<Problem> Problems, Problem? Doubt = null);

/// <summary>
/// Plans the program files of a machine that shares its databases with others. The journal says what another machine has installed in its
/// own root; a local record says what this root has.
/// </summary>
public static class FilesPlanner
{
    /// <param name="reading">The content of the payload folder; null: none.</param>
    /// <param name="record">The payload that this root's files are from; null: none.</param>
    /// <param name="installation">Null where its database cannot be reached.</param>
    /// <param name="to">A newer payload is not installed; null: no limit.</param>
    public static FilesPlan Plan(
        PayloadReading? reading, PayloadRecord? record, Target target, TargetProgress? installation, UpgradeVersion? to, string folder)
    {
        if (reading is null) return Refused(PayloadProblem.NoPayload(folder));
        if (reading.Payload is not { } payload) return new FilesPlan(Planning.Plan.Empty, reading.Problems);
        var here = VersionOf(record);
        if (here > payload.Version) return Refused(PayloadProblem.OlderThanHere(payload, here.Value));
        if (payload.Version > to || record?.Is(payload) == true) return new FilesPlan(Planning.Plan.Empty, []);
        if (reading.Problems.HaveErrors())
            return new FilesPlan(Planning.Plan.Empty, reading.Problems);
        var rows = installation is null ? [] : PayloadDecision.RowsOf(installation).Where(row => row.State == StepState.Done).ToList();
        var applied = rows.FirstOrDefault(row => row.Version == payload.Version);
        if (applied is not null && applied.Sha256 != payload.Sha256) return Refused(PayloadProblem.OtherThanElsewhere(payload));
        var doubt = installation is null ? PayloadProblem.NobodyToAsk(payload)
            : applied is null ? PayloadProblem.AheadOfDatabases(payload) : null;
        InstallFiles install = new(payload) { Range = new VersionRange(here ?? UpgradeVersion.Zero, payload.Version) };
        return new FilesPlan(
            new Plan([new Stage($"program files {payload.Version}", [new Lane(target, [install])])]), reading.Problems, doubt);
    }

    /// <summary>A warning where this root's files and the databases are from different payloads; null where they agree.</summary>
    public static Problem? Disagreement(PayloadRecord? record, TargetProgress installation)
    {
        var newest = PayloadDecision.Newest(installation);
        var here = VersionOf(record);
        if (here == newest?.Version && (record is null || record.Sha256 == newest!.Sha256)) return null;
        return here is not { } mine ? PayloadProblem.NeverLaidHere(newest!.Version)
            : newest is null || mine > newest.Version ? PayloadProblem.HereIsAhead(mine, newest?.Version)
            : mine < newest.Version ? PayloadProblem.HereIsBehind(mine, newest.Version)
            : PayloadProblem.HereIsOther(mine);
    }

    public static UpgradeVersion? VersionOf(PayloadRecord? record) => record is null ? null : UpgradeVersion.Parse(record.Version);

    private static FilesPlan Refused(Problem problem) => new(Planning.Plan.Empty, [problem]);
}
