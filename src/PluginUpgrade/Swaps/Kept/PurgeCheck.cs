using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Swaps.Kept;

/// <summary>What a purge of one target would remove, and everything that prevents it.</summary>
internal static class PurgeCheck
{
    /// <returns>The schemas that krang-upgrade made; and the problems, some of which may be warnings.</returns>
    public static async Task<(IReadOnlyList<KeptSchema> Ours, IReadOnlyList<Problem> Problems)> FindAsync(
        NpgsqlConnection connection, Target target, CancellationToken cancellationToken)
    {
        var kept = await KeptReader.ReadAsync(connection, target.Schema, cancellationToken);
        List<KeptSchema> ours = [.. kept.Where(one => one.IsOurs).OrderBy(one => one.Place)];
        List<Problem> problems = [];
        if (kept.Where(one => !one.IsOurs).Select(one => one.Name).ToList() is { Count: > 0 } others)
            problems.Add(KeptProblem.NotOurs(target, others));
        if (ours.Count == 0) return (ours, problems);
        List<string> names = [.. ours.Select(one => one.Name)];
        var rights = await SchemaRights.ReadAsync(connection, names, cancellationToken);
        problems.AddRange(rights.Problems(target, renames: false));
        var dependents = await OutsideDependents.OfDroppedAsync(connection, [.. ours.Select(one => one.Oid)], cancellationToken);
        if (dependents.Count > 0) problems.Add(KeptProblem.StillUsed(target, names, dependents));
        if (ours.FirstOrDefault(one => one.Place == KeptPlace.Next) is { } next
            && await BuilderAsync(connection, next.Name, cancellationToken) is { } holder)
            problems.Add(KeptProblem.BuildLives(target, next.Name, holder));
        return (ours, problems);
    }

    /// <summary>The session that holds the lock of what is being built: it may live longer than the one that holds the target's.</summary>
    private static async Task<LockHolder?> BuilderAsync(NpgsqlConnection connection, string next, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(
            "SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()", connection);
        var database = (long)(await query.ExecuteScalarAsync(cancellationToken))!;
        return (await TargetLock.HoldersAsync(connection, cancellationToken))
            .GetValueOrDefault((database, TargetLock.Key(Scope.Instance, next)));
    }
}
