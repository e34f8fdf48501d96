namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>I2: the journal tells what is there, and what is there is in the journal. I4: nothing runs, nothing is torn.</summary>
internal static class JournalAndEffects
{
    public static IEnumerable<Violation> Find(TargetState state)
    {
        var subject = $"{state.Target}";
        var effects = state.Effects.Select(effect => effect.Module).Distinct().ToList();
        foreach (var module in state.DoneByJournal.Except(effects))
            yield return new Violation("I2", subject, $"the journal has {module} as done, and there is nothing of it");
        foreach (var module in effects.Except(state.DoneByJournal))
            yield return new Violation("I2", subject, $"{module} is there, and the journal does not have it as done");
        foreach (var line in state.Journal.Where(line => line.State == "done" && line.Module != $"V{line.Version.Replace('.', '_')}"))
            yield return new Violation("I2", subject, $"the journal has {line.Module} under {line.Version}");
        foreach (var module in state.DoneByJournal.GroupBy(module => module).Where(group => group.Count() > 1))
            yield return new Violation("I2", subject, $"the journal has {module.Key} {module.Count()} times");
        foreach (var line in state.Journal.Where(line => line is { State: "done", FinishedAt: null } or { State: "done", Run: null }))
            yield return new Violation("I2", subject, $"the journal does not say which run did {line.Module}, or when");

        foreach (var line in state.Journal.Where(line => line.State is not ("done" or "baseline" or "failed")))
            yield return new Violation("I4", subject, $"{line.Version} is {line.State}: {line.Text}");
    }
}
