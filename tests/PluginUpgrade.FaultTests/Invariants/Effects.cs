namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>I1: each effect is there once, whole, or not at all. I10: never two inside one target.</summary>
internal static class Effects
{
    public static IEnumerable<Violation> Find(TargetState state)
    {
        foreach (var module in state.Effects.GroupBy(effect => effect.Module))
        {
            if (module.Count() > 1) yield return Wrong("I1", $"{module.Key} left its row {module.Count()} times");
            if (module.Any(effect => effect.EndedAt is null)) yield return Wrong("I1", $"{module.Key} was kept by half");
        }
        var modules = state.Effects.Select(effect => effect.Module).Distinct().Order(StringComparer.Ordinal).ToList();
        if (state.Counter != modules.Count)
            yield return Wrong("I1", $"{modules.Count} modules, but the counter says {state.Counter}");
        if (!modules.SequenceEqual(state.Tables))
            yield return Wrong("I1", $"rows of {string.Join(", ", modules)}, but tables of {string.Join(", ", state.Tables)}");
        foreach (var module in modules.Except(state.Target.Modules)) yield return Wrong("I1", $"{module} has no step for it");

        foreach (var batch in state.Batches.GroupBy(n => n).Where(group => group.Count() > 1))
            yield return Wrong("I1", $"batch {batch.Key} was done {batch.Count()} times");
        if (modules.Contains("V1_008") && !state.Batches.Distinct().SequenceEqual([1, 2, 3, 4]))
            yield return Wrong("I1", $"all batches are behind it, and there are {string.Join(", ", state.Batches)}");
        if (state.DoneByJournal.Contains("V1_008"))
            foreach (var index in state.InvalidIndexes) yield return Wrong("I5", $"the index {index} is invalid");

        if (state.Overlaps > 0) yield return Wrong("I10", $"{state.Overlaps} times a step began while another one was inside");
        foreach (var (first, second) in state.Effects.Zip(state.Effects.Skip(1)))
            if (first.EndedAt > second.StartedAt) yield return Wrong("I10", $"{second.Module} began before {first.Module} had ended");
        var runs = state.Journal.Where(line => line is { State: "done", FinishedAt: not null }).OrderBy(line => line.StartedAt).ToList();
        foreach (var (first, second) in runs.Zip(runs.Skip(1)))
            if (first.Run != second.Run && first.FinishedAt > second.StartedAt)
                yield return Wrong("I10", $"run {second.Run} began {second.Version} while run {first.Run} was at {first.Version}");

        Violation Wrong(string invariant, string what) => new(invariant, $"{state.Target}", what);
    }
}
