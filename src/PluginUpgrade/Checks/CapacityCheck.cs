using PluginUpgrade.Databases;

namespace PluginUpgrade.Checks;

/// <summary>Checks that the server has enough connections and locks for the lanes that run at the same time.</summary>
public static class CapacityCheck
{
    /// <param name="lanes">The most lanes that the plan runs on the server at a time.</param>
    /// <param name="besides">Connections that are not the lanes' own.</param>
    public static IEnumerable<Problem> Connections(ServerActivity around, int lanes, int besides)
    {
        var limits = around.Limits;
        if (lanes == 0 || limits.Free >= lanes + besides) yield break;
        var role = limits.RoleConnections is { } most ? $", of at most {most} for this role" : "";
        yield return new Problem("KU-3205", around.Server,
            $"{limits.Free} connections are free ({limits.Connected} of {limits.Connections} are in use{role}), but the run "
                + $"would use {lanes + besides}. Lanes will wait for each other: slower, but the run does not fail.",
            "Lower Run:PerServer, close unneeded connections, or raise max_connections or the role's limit.", Severity.Warning);
    }

    /// <param name="wanted">Locks on relations that are needed at the same time.</param>
    /// <param name="what">The subject of a sentence that continues with <c>may need so many locks</c>.</param>
    public static IEnumerable<Problem> Locks(ServerActivity around, long wanted, string what, string remedy)
    {
        var limits = around.Limits;
        if (wanted <= limits.LockSlots) yield break;
        yield return new Problem("KU-3204", around.Server,
            $"{what} may need {wanted} locks at the same time, and the server has room for {limits.LockSlots} "
                + $"(max_locks_per_transaction {limits.Locks} × (max_connections {limits.MaxConnections} "
                + $"+ max_prepared_transactions {limits.MaxPrepared})): it could fail with 'out of shared memory'.",
            remedy, Severity.Warning);
    }

    /// <summary>
    /// For instances that are one transaction each: at most all relations of the largest instances that run at the same time.
    /// </summary>
    /// <param name="databases">The server's databases.</param>
    /// <param name="atomic">The targets of atomic lanes.</param>
    public static IEnumerable<Problem> AtomicLocks(IReadOnlyList<CheckedDatabase> databases, IReadOnlySet<Target> atomic, int lanes)
    {
        var sizes = databases.SelectMany(database => database.Contents.Largest.Where(size => database.In(size.Schema).Any(atomic.Contains)))
            .Select(size => size.Relations);
        return Locks(
            databases[0].Around, sizes.OrderDescending().Take(lanes).Sum(),
            $"{lanes} instances side by side, each in one transaction,",
            "Raise max_locks_per_transaction and restart the server, lower Run:PerServer, or leave out --atomic.");
    }
}
