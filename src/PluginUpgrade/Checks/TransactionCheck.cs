using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>No transaction of another session blocks the upgrade: long open, or prepared and forgotten.</summary>
public static class TransactionCheck
{
    /// <param name="patience">How long a step waits for a lock. A prepared transaction younger than this will probably end in time.</param>
    /// <param name="limit">The age from which a transaction counts as long.</param>
    public static IEnumerable<Problem> Find(CheckedDatabase database, TimeSpan patience, TimeSpan limit)
    {
        foreach (var (oldest, held, more) in Grouped(database, database.Around.LongTransactions))
            yield return held.Count > 0
                ? new Problem("KU-3212", Names(held),
                    $"A transaction that has been open since {When(oldest)} holds locks on "
                    + $"{Relations(database, oldest)}: {oldest.Who}{more}. "
                        + "A step that changes these would wait for it, make other sessions wait, and fail.",
                    ToEnd(database, oldest), database.SeverityFor(held))
                : new Problem("KU-3211", database.Name,
                    $"A transaction has been open since {When(oldest)}: {oldest.Who}{more}. It holds no lock on a target, "
                        + "but CREATE INDEX CONCURRENTLY would wait for it.",
                    ToEnd(database, oldest), Severity.Warning);
        var prepared = database.Around.PreparedTransactions.Where(one => one.Age >= (Held(database, one).Count > 0 ? patience : limit));
        foreach (var (oldest, held, more) in Grouped(database, prepared))
            yield return held.Count > 0
                ? new Problem("KU-3213", Names(held),
                    $"A prepared transaction has held locks on {Relations(database, oldest)} since {When(oldest)}: {oldest.Who}{more}. "
                        + "It keeps them until somebody ends it, even after a restart of the server.",
                    ToEndPrepared(database, oldest), database.SeverityFor(held))
                : new Problem("KU-3214", database.Name,
                    $"A transaction has been prepared since {When(oldest)}, and nobody has ended it: {oldest.Who}{more}. "
                        + "It holds no lock on a target.",
                    ToEndPrepared(database, oldest), Severity.Warning);
    }

    private static string ToEnd(CheckedDatabase database, OpenTransaction transaction) =>
        $"Wait until it ends (Check:LongTransaction sets what counts as long). To end it now: {Command(database, transaction)}";

    private static string ToEndPrepared(CheckedDatabase database, OpenTransaction transaction) =>
        $"Find out whose it is. Then COMMIT PREPARED, or: {Command(database, transaction)}";

    private static string Command(CheckedDatabase database, OpenTransaction transaction) =>
        NextCommand.Of($"psql{database.Targets[0].Argument} --command {NextCommand.Quote(transaction.End)}");

    /// <summary>
    /// For each group of transactions that lock the same targets: the oldest, and how many more. A connection pool has many similar ones.
    /// </summary>
    private static IEnumerable<(OpenTransaction Oldest, List<Target> Held, string More)> Grouped(
        CheckedDatabase database, IEnumerable<OpenTransaction> transactions) =>
        from transaction in transactions
        let held = Held(database, transaction)
        group (transaction, held) by Names(held) into alike
        let oldest = alike.MinBy(one => one.transaction.Since)
        select (oldest.transaction, oldest.held, alike.Count() > 1 ? $" (and {alike.Count() - 1} more)" : "");

    private static List<Target> Held(CheckedDatabase database, OpenTransaction transaction) =>
        [.. transaction.Locked.SelectMany(locked => database.In(locked.Schema)).Distinct()];

    private static string Names(List<Target> targets) => Problem.Join([.. targets.Select(target => $"{target}")]);

    private static string Relations(CheckedDatabase database, OpenTransaction transaction)
    {
        var locked = transaction.Locked.Where(one => database.In(one.Schema).Any()).ToList();
        var more = locked.Sum(one => one.Count) - 1;
        return $"{locked[0].Schema}.{locked[0].Relation}{(more > 0 ? $" and {more} more" : "")}";
    }

    private static string When(OpenTransaction transaction) => System.FormattableString.Invariant(
        $"{transaction.Since:yyyy-MM-dd HH:mm:ss}Z ({(long)transaction.Age.TotalHours}:{transaction.Age:mm\\:ss})");
}
