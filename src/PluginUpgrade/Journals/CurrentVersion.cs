namespace PluginUpgrade.Journals;

/// <summary>
/// The version of one target in one component, from its journal and the catalogue. Status, plans, saves and restores all use this class,
/// and nothing else computes it.
/// </summary>
public sealed record CurrentVersion
{
    /// <summary>The newest version that the target is known to have reached; null where the journal does not say.</summary>
    public required UpgradeVersion? Version { get; init; }

    /// <summary>
    /// The same without rows that only record a version: the newest version that was run or declared. A pending module between the two
    /// versions is not late.
    /// </summary>
    public required UpgradeVersion? WithoutRecords { get; init; }

    /// <summary>The declared baseline: modules up to it count as applied. Zero where none was declared.</summary>
    public required UpgradeVersion Baseline { get; init; }

    /// <summary>The component's rows in the target's own scope.</summary>
    public required IReadOnlyList<JournalRow> Rows { get; init; }

    /// <summary>
    /// A step that began, did not finish, and cannot determine how far it got. Nothing can be planned until somebody has looked at it.
    /// </summary>
    public required JournalRow? Torn { get; init; }

    /// <summary>A failed try, or an interrupted try outside a transaction: the step is tried again.</summary>
    public JournalRow? Failed => Rows.LastOrDefault(row => row != Torn && row.State is (StepState.Failed or StepState.Running));

    public bool IsDone(UpgradeModule module) => Rows.Any(row => row.State == StepState.Done && row.Version == module.Version);

    public JournalRow? RowOf(UpgradeModule module) => Rows.FirstOrDefault(row => row.Version == module.Version);

    /// <param name="rows">The target's journal.</param>
    /// <param name="modules">All known modules in the order of their versions; those of other components are ignored.</param>
    public static CurrentVersion Of(Scope scope, IReadOnlyList<JournalRow> rows, string component, IReadOnlyList<UpgradeModule> modules)
    {
        var ofComponent = modules.Where(module => module.Component == component).ToList();
        var own = rows.Where(row => row.Component == component).ToList();
        var counted = own.Where(row => row.Counts && row.State is StepState.Done or StepState.Baseline).ToList();
        UpgradeVersion? newest = ofComponent.Count == 0 ? null : ofComponent.Max(module => module.Version);
        return new CurrentVersion
        {
            Rows = own,
            Torn = own.FirstOrDefault(row => row.State == StepState.Running && !row.IsExpanded && !ofComponent.Any(module =>
                module.Version == row.Version && !module.Transactional && module.CanGoOn(scope))),
            Version = OverModulesRunByHand(Newest(counted), own, scope, ofComponent),
            WithoutRecords = OverModulesRunByHand(
                Newest(counted.Where(row => !row.IsReached || (!row.OnlyRecords && row.Version <= newest))), own, scope, ofComponent),
            Baseline = Newest(own.Where(row => row.State == StepState.Baseline && !row.IsReached)) ?? UpgradeVersion.Zero,
        };
    }

    /// <summary>The version of every component in the journal, for a save; empty where the journal cannot be read.</summary>
    public static IReadOnlyDictionary<string, string> OfAll(Scope scope, JournalKind? journal, IReadOnlyList<UpgradeModule> modules)
    {
        if (journal is null || journal.Unreadable.Count > 0) return new Dictionary<string, string>();
        var rows = journal.Rows(scope);
        return rows.Select(row => row.Component).Distinct().Select(component => (component, Of(scope, rows, component, modules).Version))
            .Where(known => known.Version is not null).ToDictionary(known => known.component, known => $"{known.Version}");
    }

    private static UpgradeVersion? Newest(IEnumerable<JournalRow> rows) =>
        rows.Select(row => (UpgradeVersion?)row.Version).DefaultIfEmpty(null).Max();

    /// <summary>A module run by hand does not advance the version until everything before it is done; then it does.</summary>
    private static UpgradeVersion? OverModulesRunByHand(
        UpgradeVersion? version, List<JournalRow> rows, Scope scope, List<UpgradeModule> modules)
    {
        foreach (var module in modules)
        {
            if (version is null || module.Version <= version || !module.HasStepFor(scope)) continue;
            if (!rows.Any(row => row.State == StepState.Done && row.Version == module.Version)) break;
            version = module.Version;
        }
        return version;
    }
}
