using PluginUpgrade.Journals;

namespace PluginUpgrade.Planning;

/// <summary>Where one target stands in one component's line of versions, as its journal and the catalogue say.</summary>
public sealed record Standing
{
    /// <summary>The newest version that the target is known to have reached; null where the journal does not say.</summary>
    public required UpgradeVersion? Version { get; init; }

    /// <summary>The declared start: modules up to here count as applied. Zero where nothing was declared.</summary>
    public required UpgradeVersion Baseline { get; init; }

    /// <summary>The component's rows of the target's own scope.</summary>
    public required IReadOnlyList<JournalRow> Rows { get; init; }

    public bool IsDone(UpgradeModule module) => Rows.Any(row => row.State == StepState.Done && row.Version == module.Version);

    /// <summary>A step that began, did not end, and cannot tell how far it got; nothing can be decided until someone has looked.</summary>
    public required JournalRow? Torn { get; init; }

    /// <summary>A failed try, or one outside a transaction that was interrupted: the step is tried again.</summary>
    public JournalRow? Failed => Rows.LastOrDefault(row => row != Torn && row.State is (StepState.Failed or StepState.Running));

    /// <param name="modules">The component's modules, in order.</param>
    public static Standing Of(TargetProgress progress, string component, IReadOnlyList<UpgradeModule> modules)
    {
        var rows = progress.Rows.Where(row => row.Component == component).ToList();
        var stand = rows.Where(row => row.Stands && row.State is StepState.Done or StepState.Baseline).Select(row => row.Version).ToList();
        var standing = new Standing
        {
            Rows = rows,
            Torn = rows.FirstOrDefault(row => row.State == StepState.Running && !modules.Any(module =>
                module.Version == row.Version && !module.Transactional && module.CanGoOn(progress.Target.Scope))),
            Version = stand.Count > 0 ? stand.Max() : null,
            Baseline = rows.Where(row => row.State == StepState.Baseline && !row.IsReached).Select(row => row.Version)
                .DefaultIfEmpty(UpgradeVersion.Zero).Max(),
        };
        return standing with { Version = OverModulesRunByHand(standing, progress.Target.Scope, modules) };
    }

    /// <summary>
    /// A module run by hand does not move the target on, until everything before it is done: then the target stands there.
    /// </summary>
    private static UpgradeVersion? OverModulesRunByHand(Standing standing, Scope scope, IReadOnlyList<UpgradeModule> modules)
    {
        var version = standing.Version;
        foreach (var module in modules)
        {
            if (version is null || module.Version <= version || !module.HasStepFor(scope)) continue;
            if (!standing.IsDone(module)) break;
            version = module.Version;
        }
        return version;
    }
}
