namespace PluginUpgrade.Journals;

/// <summary>
/// Where one target stands in one component's line of versions, as its journal and the catalogue say. The only place that says it:
/// status, plans, saves and restores all ask here.
/// </summary>
public sealed record CurrentVersion
{
    /// <summary>The newest version that the target is known to have reached; null where the journal does not say.</summary>
    public required UpgradeVersion? Version { get; init; }

    /// <summary>
    /// The same without rows that only record: the newest version that was run or declared. A module between the two has not come late.
    /// </summary>
    public required UpgradeVersion? WithoutRecords { get; init; }

    /// <summary>The declared start: modules up to here count as applied. Zero where nothing was declared.</summary>
    public required UpgradeVersion Baseline { get; init; }

    /// <summary>The component's rows of the target's own scope.</summary>
    public required IReadOnlyList<JournalRow> Rows { get; init; }

    /// <summary>A step that began, did not end, and cannot tell how far it got; nothing can be decided until someone has looked.</summary>
    public required JournalRow? Torn { get; init; }

    /// <summary>A failed try, or one outside a transaction that was interrupted: the step is tried again.</summary>
    public JournalRow? Failed => Rows.LastOrDefault(row => row != Torn && row.State is (StepState.Failed or StepState.Running));

    public bool IsDone(UpgradeModule module) => Rows.Any(row => row.State == StepState.Done && row.Version == module.Version);

    /// <param name="rows">The target's journal.</param>
    /// <param name="modules">All that are known, in the order of their versions; those of other components are left out here.</param>
    public static CurrentVersion Of(Scope scope, IReadOnlyList<JournalRow> rows, string component, IReadOnlyList<UpgradeModule> modules)
    {
        var ofComponent = modules.Where(module => module.Component == component).ToList();
        var own = rows.Where(row => row.Component == component).ToList();
        var counted = own.Where(row => row.Counts && row.State is StepState.Done or StepState.Baseline).ToList();
        UpgradeVersion? newest = ofComponent.Count == 0 ? null : ofComponent.Max(module => module.Version);
        return new CurrentVersion
        {
            Rows = own,
            Torn = own.FirstOrDefault(row => row.State == StepState.Running && !ofComponent.Any(module =>
                module.Version == row.Version && !module.Transactional && module.CanGoOn(scope))),
            Version = OverModulesRunByHand(Newest(counted), own, scope, ofComponent),
            WithoutRecords = OverModulesRunByHand(
                Newest(counted.Where(row => !row.IsReached || (!row.OnlyRecords && row.Version <= newest))), own, scope, ofComponent),
            Baseline = Newest(own.Where(row => row.State == StepState.Baseline && !row.IsReached)) ?? UpgradeVersion.Zero,
        };
    }

    /// <summary>Of every component that the journal knows, for a save; nothing where nobody can say.</summary>
    public static IReadOnlyDictionary<string, string> OfAll(Scope scope, JournalKind? journal, IReadOnlyList<UpgradeModule> modules)
    {
        if (journal is null || journal.Unreadable.Count > 0) return new Dictionary<string, string>();
        var rows = journal.Rows(scope);
        return rows.Select(row => row.Component).Distinct().Select(component => (component, Of(scope, rows, component, modules).Version))
            .Where(known => known.Version is not null).ToDictionary(known => known.component, known => $"{known.Version}");
    }

    private static UpgradeVersion? Newest(IEnumerable<JournalRow> rows) =>
        rows.Select(row => (UpgradeVersion?)row.Version).DefaultIfEmpty(null).Max();

    /// <summary>
    /// A module run by hand does not move the target on, until everything before it is done: then the target stands there.
    /// </summary>
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
