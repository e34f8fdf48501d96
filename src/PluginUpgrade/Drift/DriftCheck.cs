using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;
using PluginUpgrade.Schemas;

namespace PluginUpgrade.Drift;

/// <summary>A schema to be checked.</summary>
/// <param name="Declared">Every declared schema that lies in it, each with the version at which it is.</param>
public sealed record CheckedSchema(Target Target, IReadOnlyList<DeclaredAt> Declared)
{
    public bool IsComplete => Declared.All(one => one.History.IsComplete);
}

public sealed record DeclaredAt(SchemaHistory History, UpgradeVersion Version);

/// <summary>What a check has found of one target.</summary>
/// <param name="Problem">Why it could not be checked; null: it was.</param>
public sealed record TargetDrift(Target Target, IReadOnlyList<Difference> Differences, Problem? Problem = null);

/// <summary>
/// Compares schemas with what is declared. What is declared is made in a scratch schema of each database, in a transaction that is rolled
/// back, and described as the live schemas are. Live tables are held as for a SELECT: who reads or writes them never waits for a check.
/// </summary>
/// <param name="searchPath">Schemas that follow the target's own in <c>search_path</c>.</param>
public sealed class DriftCheck(ConnectionSettings settings, ServerLimits limits, IReadOnlyList<string> searchPath, int parallel)
{
    /// <summary>How many schemas are compared in one transaction.</summary>
    private const int AtOnce = 200;

    /// <returns>In the order of the schemas.</returns>
    public async Task<IReadOnlyList<TargetDrift>> FindAsync(IReadOnlyList<CheckedSchema> schemas, CancellationToken cancellationToken)
    {
        Dictionary<Target, TargetDrift> found = new(ReferenceEqualityComparer.Instance);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(schemas.GroupBy(one => one.Target.Database), options, async (group, token) =>
        {
            var drifts = await InDatabaseAsync([.. group], token);
            lock (found)
                foreach (var drift in drifts) found[drift.Target] = drift;
        });
        return [.. schemas.Select(one => found[one.Target])];
    }

    private async Task<IReadOnlyList<TargetDrift>> InDatabaseAsync(
        IReadOnlyList<CheckedSchema> schemas, CancellationToken cancellationToken)
    {
        var first = schemas[0].Target;
        try
        {
            using var slot = await limits.EnterAsync(first.Server, first.Database, cancellationToken);
            await using var connection = await slot.OpenAsync(first.Database, settings, cancellationToken);
            List<TargetDrift> found = [];
            foreach (var alike in schemas.GroupBy(Key))
                found.AddRange(await AlikeAsync(connection, [.. alike], cancellationToken));
            return found;
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            var problem = DriftProblem.Of(first, e);
            return [.. schemas.Select(one => new TargetDrift(one.Target, [], problem))];
        }
    }

    private static string Key(CheckedSchema schema) => string.Join('\0', schema.Declared.Select(
        one => $"{one.History.Component}\0{one.History.Scope}\0{one.Version.Key}"));

    /// <summary>Schemas of one database with the same declared versions.</summary>
    private async Task<IEnumerable<TargetDrift>> AlikeAsync(
        NpgsqlConnection connection, IReadOnlyList<CheckedSchema> schemas, CancellationToken cancellationToken)
    {
        var (declared, digest) = await Sql.RolledBackAsync(
            connection, () => ExpectedAsync(connection, schemas[0], cancellationToken), cancellationToken);
        List<TargetDrift> found = [];
        // Short transactions: who changes a table meanwhile waits for their end.
        foreach (var some in schemas.Chunk(AtOnce))
            found.AddRange(await Sql.RolledBackAsync(
                connection, () => CompareAsync(connection, some, declared, digest, cancellationToken), cancellationToken));
        return found;
    }

    private static async Task<IReadOnlyList<TargetDrift>> CompareAsync(
        NpgsqlConnection connection, CheckedSchema[] schemas, IReadOnlyList<SchemaItem> declared, string digest,
        CancellationToken cancellationToken)
    {
        var digests = await Description.DigestsAsync(connection, [.. schemas.Select(one => one.Target.Schema)], cancellationToken);
        List<TargetDrift> found = [];
        foreach (var one in schemas)
        {
            var schema = one.Target.Schema;
            found.Add(new TargetDrift(one.Target, digests.GetValueOrDefault(schema) == digest ? [] : Differences.Find(
                await Description.ReadAsync(connection, schema, cancellationToken), declared, one.IsComplete, PostgresName.Quote(schema))));
        }
        return found;
    }

    /// <summary>Makes what is declared in a scratch schema, and describes it.</summary>
    private async Task<(IReadOnlyList<SchemaItem> Items, string Digest)> ExpectedAsync(
        NpgsqlConnection connection, CheckedSchema schema, CancellationToken cancellationToken)
    {
        var scratch = new ScratchSchema(connection, searchPath);
        await scratch.MakeAsync(
            [.. schema.Declared.SelectMany(one => Replay.To(one.History, one.Version))], schema.Target.Schema, cancellationToken);
        var items = await Description.ReadAsync(connection, scratch.Name, cancellationToken);
        var digest = await Description.DigestsAsync(connection, [scratch.Name], cancellationToken);
        return ([.. items.Where(item => !scratch.Copies.Contains(item.Table))], digest.GetValueOrDefault(scratch.Name, ""));
    }
}
