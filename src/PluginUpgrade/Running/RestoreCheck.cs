using PluginUpgrade.Checks;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Saves;
using PluginUpgrade.Saves.Restoring;

namespace PluginUpgrade.Running;

/// <summary>What speaks against a restore, in the targets' places: asked of the servers, and changing nothing.</summary>
internal sealed class RestoreCheck(Save save, ConnectionSettings settings)
{
    /// <summary>What can be told without asking.</summary>
    public IEnumerable<Problem> Find(RestoreTask task, TargetFacts facts)
    {
        if (facts.Unreachable is { } unreachable) return [unreachable];
        List<Problem> problems = [.. ServerCheck.Find(facts), .. PoolerCheck.Find(facts)];
        if (facts.ReadOnly) problems.AddRange(RightsCheck.Find(facts with { MayCreate = true }));
        var (target, saved) = (task.Target, task.Saved);
        if (saved.WholeDatabase && !target.OwnDatabase)
            problems.Add(RestoreProblem.OtherPlace(target, "a database of its own", $"schema {target.Schema} of a shared database"));
        else if (saved.Schema != target.Schema)
            problems.Add(RestoreProblem.OtherPlace(target, $"schema {saved.Schema}", $"schema {target.Schema}"));
        else if (!saved.WholeDatabase && !task.Archive.Schemas.ContainsKey(target.Schema))
            problems.Add(RestoreProblem.NoSuchSchema(target, save.Id, saved.Archive));
        return problems;
    }

    /// <summary>Schemas of one database, together.</summary>
    public async Task<(IReadOnlyDictionary<RestoreTask, int?> Tables, IReadOnlyList<Problem> Problems)> FindAsync(
        IReadOnlyList<RestoreTask> tasks, CancellationToken cancellationToken)
    {
        List<Problem> problems = [];
        Dictionary<RestoreTask, int?> tables = [];
        await using var connection =
            await Connections.OpenForReadingAsync(tasks[0].Target.Database, settings, WaitFor.Room, cancellationToken);
        problems.AddRange(tasks.SelectMany(task => Newer(task, connection.PostgreSqlVersion)));
        foreach (var batch in tasks.Chunk(JournalReader.BatchSize))
        {
            var places = await SchemaPlace.ReadAsync(connection, [.. batch.Select(task => task.Target.Schema)], cancellationToken);
            foreach (var task in batch)
            {
                var (target, place) = (task.Target, places[task.Target.Schema]);
                tables[task] = place.Exists ? place.Tables : null;
                if (!place.MayReplace)
                    problems.Add(RestoreProblem.NotOwner(target, place.Exists
                        ? $"does not own schema {target.Schema} of database {target.DatabaseName}, which is to be replaced"
                        : $"may not make a schema in database {target.DatabaseName}"));
                if (place.Strangers.Count > 0) problems.Add(RestoreProblem.Strangers(target, place.Strangers));
                if (place.Publications.Count > 0) problems.Add(RestoreProblem.Unpublished(target, place.Publications));
            }
        }
        return (tables, problems);
    }

    /// <summary>A whole database, or one that is missing and will be made.</summary>
    public async Task<IReadOnlyList<Problem>> FindAsync(RestoreTask task, CancellationToken cancellationToken)
    {
        var target = task.Target;
        await using var elsewhere = await Connections.OpenForReadingAsync(
            DatabasePlace.Elsewhere(target), settings, WaitFor.Room, cancellationToken);
        List<Problem> problems = [.. Newer(task, elsewhere.PostgreSqlVersion)];
        var live = await DatabasePlace.ReadAsync(elsewhere, target.DatabaseName, settings.ApplicationName, cancellationToken);
        if (!live.MayReplace)
            problems.Add(RestoreProblem.NotOwner(target, live.Exists
                ? $"does not own database {target.DatabaseName}, or may not make databases (CREATEDB)"
                : "may not make databases (CREATEDB)"));
        if (!task.IsWholeDatabase) return problems;
        if (live.Sessions.Length > 0) problems.Add(RestoreProblem.Connected(target, live.Sessions));
        foreach (var name in new[] { DatabasePlace.Restoring(target.DatabaseName), DatabasePlace.Before(target.DatabaseName) })
            problems.AddRange(await NameAsync(task, elsewhere, name, cancellationToken));
        return problems;
    }

    private async Task<IEnumerable<Problem>> NameAsync(
        RestoreTask task, Npgsql.NpgsqlConnection elsewhere, string name, CancellationToken cancellationToken)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(name) > PostgresName.MaxBytes)
            return [RestoreProblem.NameTaken(task.Target, name, $"is longer than the {PostgresName.MaxBytes} bytes that PostgreSQL keeps")];
        return await new DatabaseRestore(elsewhere, task, save.Id, 1, [], settings).IsInTheWayAsync(name, cancellationToken)
            ? [RestoreProblem.NameTaken(task.Target, name, "a database of that name is there, with data, that is not ours")] : [];
    }

    private static IEnumerable<Problem> Newer(RestoreTask task, Version server)
    {
        if (ToolVersions.Major(task.Archive.Saved.ServerVersion) > server.Major)
            yield return RestoreProblem.NewerServer(task.Target, task.Archive.Saved.ServerVersion, server.Major);
    }
}
