using PluginUpgrade.Journals;
using PluginUpgrade.Payloads;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Planning;

/// <summary>
/// Whether the payload is installed, and the reasons against it. Program files belong to one version. They are installed before its module
/// runs, so that the module finds them in place.
/// </summary>
/// <param name="Action">Null where there is nothing to install.</param>
public sealed record PayloadDecision(InstallFiles? Action, IReadOnlyList<Problem> Problems)
{
    public static PayloadDecision None { get; } = new(null, []);

    /// <param name="to">The end of the range, included.</param>
    public static PayloadDecision Of(
        PayloadReading? reading, Component component, Goal goal, UpgradeVersion to, TargetProgress installation)
    {
        if (reading is null) return None;
        if (reading.Payload is not { } payload) return new PayloadDecision(null, reading.Problems);
        var rows = RowsOf(installation);
        // Problems of files that are not installed refuse nothing.
        List<Problem> told = [.. reading.Problems.Select(problem => problem with { Severity = Severity.Warning })];
        if (rows.FirstOrDefault(row => row.State == StepState.Running) is { } torn)
            return new PayloadDecision(null, [PlanProblem.Torn(installation.Target, torn.Version, torn.Error)]);
        if (rows.FirstOrDefault(row => row.State == StepState.Done && row.Version == payload.Version) is { } applied)
        {
            var severity = goal.AllowChanged ? Severity.Warning : Severity.Error;
            if (told.Count == 0 && applied.Sha256 != payload.Sha256) told.Add(PayloadProblem.Changed(payload) with { Severity = severity });
            return new PayloadDecision(null, told);
        }
        if (payload.Version > to) return new PayloadDecision(null, told);

        var (at, needed) = Needed(payload.Version, component, goal.From, installation);
        if (!needed) return new PayloadDecision(null, [.. told, PayloadProblem.NotNeeded(payload, at)]);
        return new PayloadDecision(
            new InstallFiles(payload) { Range = new VersionRange(at, to) }, reading.Problems);
    }

    /// <summary>Whether the files of this version are still to be installed, according to the journal.</summary>
    public static bool IsPending(UpgradeVersion ready, Component product, TargetProgress installation) =>
        Needed(ready, product, null, installation).Needed
        && !RowsOf(installation).Any(row => row.State == StepState.Done && row.Version == ready);

    /// <summary>
    /// Files of the installation's own version are needed too: its modules may have run first. If the journal gives no version, --from
    /// does; a version that the user declares already has its program files.
    /// </summary>
    private static (UpgradeVersion At, bool Needed) Needed(
        UpgradeVersion ready, Component product, UpgradeVersion? from, TargetProgress installation)
    {
        var current = installation.In(product);
        // Recorded versions did not install files.
        var at = current.Version is null ? from ?? UpgradeVersion.Zero : current.WithoutRecords ?? UpgradeVersion.Zero;
        var declared = current.Version is null ? at : current.Baseline;
        return (at, ready >= at && ready > declared);
    }

    /// <summary>The newest version whose files the journal has as installed; null where there is none.</summary>
    public static JournalRow? Newest(TargetProgress installation) =>
        RowsOf(installation).Where(row => row.State == StepState.Done).MaxBy(row => row.Version);

    public static IEnumerable<JournalRow> RowsOf(TargetProgress installation) =>
        installation.Rows.Where(row => row.Component == Payload.ComponentName);

    /// <summary>Inserts the action into the installation's own steps.</summary>
    public IReadOnlyList<StepAction> Among(IReadOnlyList<StepAction> own)
    {
        if (Action is null) return own;
        var before = own.TakeWhile(action => action.Version < Action.Version).ToList();
        return [.. before, Action, .. own.Skip(before.Count)];
    }
}
