namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>
/// The one checker of what must hold after every trial, whatever was done to the program in it: I1 to I10 but I7, which is about how many
/// runs it took and is the trial's own to see. Reads databases and files itself, and knows nothing of the program's code.
/// </summary>
public static class Checker
{
    /// <param name="end">The last run's end; it must not have been killed.</param>
    public static async Task<IReadOnlyList<Violation>> FindAsync(Expectation expected, ProgramEnd end, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(expected, end, cancellationToken);
        }
        finally
        {
            foreach (var database in expected.Targets.Select(target => target.Database).Distinct()) Ask.Leave(database);
        }
    }

    private static async Task<IReadOnlyList<Violation>> ReadAsync(Expectation expected, ProgramEnd end, CancellationToken cancellationToken)
    {
        List<Violation> found = [.. await Leftovers.FindAsync(expected, cancellationToken)];
        List<TargetState> states = [];
        foreach (var target in expected.Targets) states.Add(await TargetState.ReadAsync(target, cancellationToken));
        foreach (var state in states) found.AddRange([.. Effects.Find(state), .. JournalAndEffects.Find(state)]);
        found.AddRange(Order.Find(states));
        found.AddRange(FilesOnDisk.Find(expected, states.Single(state => state.Target.Scope == "installation")));
        found.AddRange(await UntouchedAsync(expected, cancellationToken));
        found.AddRange(Ending.Find(states, end));
        found.AddRange(Secrets.Find(expected, states, end));
        return found;
    }

    private static async Task<List<Violation>> UntouchedAsync(Expectation expected, CancellationToken cancellationToken)
    {
        List<Violation> found = [];
        foreach (var schema in expected.Untouched)
            if (await SchemaDigest.OfAsync(schema.Database, schema.Schema, cancellationToken) is { } now && now != schema.Digest)
                found.Add(new Violation("I6", schema.Schema, $"somebody wrote to it; before:\n{schema.Digest}\nnow:\n{now}"));
        return found;
    }
}
