namespace PluginUpgrade.PostgresTests.Faults.Invariants;

/// <summary>
/// I3: versions ascend on every target; a version's installation step comes after all older steps of instances, and before its own and
/// all newer ones. By the server's clock, which all databases of a trial share.
/// </summary>
internal static class Order
{
    public static IEnumerable<Violation> Find(IReadOnlyList<TargetState> states)
    {
        foreach (var state in states)
        {
            foreach (var (first, second) in state.Effects.Zip(state.Effects.Skip(1)))
                if (string.CompareOrdinal(first.Module, second.Module) > 0)
                    yield return new Violation("I3", $"{state.Target}", $"{second.Module} came after {first.Module}");
            var done = state.Effects.Select(effect => effect.Module).ToHashSet();
            foreach (var skipped in state.Target.Modules.TakeWhile(_ => done.Count > 0).Where(module => !done.Contains(module) && done.Any(later => string.CompareOrdinal(later, module) > 0)))
                yield return new Violation("I3", $"{state.Target}", $"{skipped} was passed over");
        }
        var walls = states.Where(state => state.Target.Scope == "installation").SelectMany(state => state.Effects).ToList();
        foreach (var state in states.Where(state => state.Target.Scope == "instance"))
            foreach (var effect in state.Effects)
                foreach (var wall in walls)
                    if (string.CompareOrdinal(effect.Module, wall.Module) < 0 ? effect.EndedAt > wall.StartedAt : effect.StartedAt < wall.EndedAt)
                        yield return new Violation("I3", $"{state.Target}", $"{effect.Module} and the installation's {wall.Module} came in the wrong order");
    }
}
