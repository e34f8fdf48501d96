namespace PluginUpgrade.FaultTests.Invariants;

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
            var newest = done.Max(StringComparer.Ordinal);
            foreach (var skipped in state.Target.Modules.Except(done).Where(module => string.CompareOrdinal(module, newest) < 0))
                yield return new Violation("I3", $"{state.Target}", $"{skipped} was passed over");
        }
        var walls = states.Where(state => state.Target.Scope == "installation").SelectMany(state => state.Effects).ToList();
        foreach (var state in states.Where(state => state.Target.Scope == "instance"))
            foreach (var effect in state.Effects)
                foreach (var wall in walls)
                    if (IsOlder(effect, wall) ? effect.EndedAt > wall.StartedAt : effect.StartedAt < wall.EndedAt)
                        yield return new Violation(
                            "I3", $"{state.Target}", $"{effect.Module}: wrong side of the installation's {wall.Module}");
    }

    private static bool IsOlder(Effect first, Effect second) => string.CompareOrdinal(first.Module, second.Module) < 0;
}
