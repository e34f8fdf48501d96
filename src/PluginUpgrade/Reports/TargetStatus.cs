using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Planning;

namespace PluginUpgrade.Reports;

/// <summary>The status of one target, as <c>status</c> shows it. Derived from the target's state each time; stored nowhere.</summary>
/// <param name="Status">
/// <c>inactive</c>, <c>unreachable</c>, <c>missing</c>, <c>upgrading</c>, <c>torn</c>, <c>failed-upgrade</c> or <c>active</c>.</param>
/// <param name="Version">Null if unknown.</param>
/// <param name="Pending">Versions whose step for the target is not done; for an add-on, its name comes first.</param>
/// <param name="Note">Who holds the lock, why the last attempt failed, or why the target cannot be reached.</param>
public sealed record TargetStatus(Target Target, string Status, UpgradeVersion? Version, IReadOnlyList<string> Pending, string Note)
{
    /// <summary>What side-by-side upgrades have kept beside it.</summary>
    public IReadOnlyList<KeptSchema> Kept { get; init; } = [];

    /// <param name="payload">The version of the program files that are ready to install; null if there are none.</param>
    public static TargetStatus Of(TargetState state, IReadOnlyList<UpgradeModule> modules, UpgradeVersion? payload = null)
    {
        if (!state.Target.Active) return new TargetStatus(state.Target, "inactive", null, [], "");
        if (state.Unreachable is { } unreachable) return new TargetStatus(state.Target, "unreachable", null, [], unreachable.Message);
        var progress = new TargetProgress(state.Target, state.Rows, state.IsEmpty);
        var components = Component.Of(modules)
            .Select(component => (Component: component, Current: progress.In(component)))
            .ToList();
        var unreadable = JournalCheck.Find(state).FirstOrDefault();
        var version = state.ProductVersion(modules);
        var (status, note) = StatusOf(state, [
            .. components.Select(one => one.Current), CurrentVersion.Of(state.Target.Scope, state.Rows, Payload.ComponentName, []),
        ]);
        if (unreadable is not null) note = unreadable.Message;
        if (note.Length == 0 && (state.DatabaseMissing || state.SchemaMissing))
            (status, note) = MissingOf(state.Target, state.DatabaseMissing ? "database" : "schema");
        else if (note.Length == 0 && version is null)
            note = $"tables exist, but their version is unknown. Declare it: {NextCommand.Of($"baseline VERSION{state.Target.Argument}")}";
        var pending = components.SelectMany(one => PendingOf(state.Target, one.Component, one.Current));
        if (state.Target.Scope == Scope.Installation && payload is { } ready
            && PayloadDecision.IsPending(ready, components[0].Component, progress))
            pending = pending.Append($"{Payload.ModuleName} {ready}");
        return new TargetStatus(state.Target, status, version, version is null ? [] : [.. pending], note)
        {
            Kept = state.Kept,
        };
    }

    /// <summary>An upgrade creates what is missing on the embedded server, and nowhere else.</summary>
    private static (string, string) MissingOf(Target target, string what) => target.ToBeMade
        ? ("active", $"the {what} does not exist yet; the first upgrade creates it") : ("missing", $"the {what} does not exist");

    private static (string, string) StatusOf(TargetState state, List<CurrentVersion> versions)
    {
        if (state.Holder is { } holder) return ("upgrading", $"{holder}");
        if (versions.Select(one => one.Torn).OfType<JournalRow>().FirstOrDefault() is { } torn)
            return ("torn", $"{torn.Version}: {torn.Error ?? "started, but did not finish"}");
        if (versions.Select(one => one.Failed).OfType<JournalRow>().LastOrDefault() is { } failed)
            return ("failed-upgrade", $"{failed.Version}: {failed.Error}");
        return ("active", "");
    }

    private static IEnumerable<string> PendingOf(Target target, Component component, CurrentVersion current) => component.Modules
        .Where(module => module.HasStepFor(target.Scope) && module.Version > current.Baseline && !current.IsDone(module))
        .Select(module => component.IsProduct ? $"{module.Version}" : $"{component.Name} {module.Version}");
}
