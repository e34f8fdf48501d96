using Npgsql;
using PluginUpgrade.Checks;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Restores.Replacing;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores;

/// <summary>A task after its target was examined.</summary>
/// <param name="Tables">The number of tables now; null if the target is missing.</param>
/// <param name="Locks">The number of locks that its transaction takes.</param>
/// <param name="Room">The number of locks that its server has room for.</param>
internal sealed record LookedAt(RestoreTask Task, int? Tables, long Locks = 0, long Room = long.MaxValue);

/// <summary>Finds what prevents a restore, at the targets: it queries the servers and changes nothing.</summary>
internal sealed class RestoreCheck(Save save, ConnectionSettings settings)
{
    /// <summary>Problems that are found without a query.</summary>
    public IEnumerable<Problem> Find(RestoreTask task, TargetState state)
    {
        if (state.Unreachable is { } unreachable) return [unreachable];
        List<Problem> problems = [.. ServerCheck.Find(state), .. PoolerCheck.Find(state)];
        if (state.ReadOnly) problems.AddRange(RightsCheck.Find(state with { MayCreate = true }));
        var (target, saved) = (task.Target, task.Saved);
        if (saved.WholeDatabase && !target.OwnDatabase)
            problems.Add(RestoreProblem.OtherPlace(target, "a database of its own", $"schema {target.Schema} of a shared database"));
        else if (saved.Schema != target.Schema)
            problems.Add(RestoreProblem.OtherPlace(target, $"schema {saved.Schema}", $"schema {target.Schema}"));
        else if (!saved.WholeDatabase && !task.Archive.Schemas.ContainsKey(target.Schema))
            problems.Add(RestoreProblem.NoSuchSchema(target, save.Id, saved.Archive));
        return problems;
    }

    /// <summary>For schemas of one existing database, together.</summary>
    public async Task<(IReadOnlyList<LookedAt> Tasks, IReadOnlyList<Problem> Problems)> FindAsync(
        IReadOnlyList<RestoreTask> tasks, CancellationToken cancellationToken)
    {
        await using var connection =
            await Connections.OpenForReadingAsync(tasks[0].Target.Database, settings, WaitFor.Room, cancellationToken);
        List<Problem> problems = [.. tasks.SelectMany(task => Newer(task, connection.PostgreSqlVersion))];
        Dictionary<string, ExistingSchema> schemas = [];
        foreach (var batch in tasks.Chunk(JournalReader.BatchSize))
        {
            List<string> names = [.. batch.Select(task => task.Target.Schema)];
            foreach (var (name, schema) in await ExistingSchema.ReadAsync(connection, names, cancellationToken)) schemas[name] = schema;
        }
        var live = schemas.SelectMany(schema => schema.Value.ExternalDependents.Where(dependent => dependent.Schema is not null)
            .Select(dependent => (dependent.Schema!, schema.Key))).ToHashSet();
        var grouped = RestoreGroups.Of(tasks, live, missing: false);
        foreach (var task in grouped) problems.AddRange(Find(task, schemas));
        problems.AddRange(await ExtensionsAsync(connection, tasks, cancellationToken));
        foreach (var (archive, needs) in await NeedsAsync(tasks, cancellationToken))
        {
            foreach (var task in archive.Where(task => schemas[task.Target.Schema].IsOwner)) AddFrame(needs, task);
            problems.AddRange(await RightsAsync(connection, archive, needs, cancellationToken));
        }
        var (locks, room) = await LocksAsync(connection, grouped, schemas, cancellationToken);
        problems.AddRange(grouped.Where(task => locks[task.Target.Schema] > room)
            .Select(task => SaveProblem.TooManyLocksToRestore(task.Target, locks[task.Target.Schema], room, Severity.Error)));
        return ([.. grouped.Select(task => new LookedAt(task, schemas[task.Target.Schema] is { Exists: true } schema ? schema.Tables : null,
            locks[task.Target.Schema], room))], problems);
    }

    private static IEnumerable<Problem> Find(RestoreTask task, Dictionary<string, ExistingSchema> schemas)
    {
        var (target, schema) = (task.Target, schemas[task.Target.Schema]);
        if (!schema.MayReplace)
            yield return RestoreProblem.NotOwner(target, schema.Exists
                ? $"does not own schema {target.Schema} of database {target.DatabaseName}, which the restore replaces"
                : $"has no right to create a schema in database {target.DatabaseName}");
        var together = task.Together.Select(one => one.Target.Schema).Append(target.Schema).ToList();
        if (schema.ExternalDependentsOf(together) is { Count: > 0 } dependents)
            yield return SaveProblem.ExternalDependents(target, dependents);
        if (schema.Publications.Count > 0) yield return RestoreProblem.Unpublished(target, schema.Publications);
        if (schema.Prepared.Length > 0) yield return RestoreProblem.Prepared(target, schema.Prepared);
    }

    /// <summary>
    /// The locks of each task: those of all tasks that share its transaction. A missing schema counts as none, because the number is
    /// unknown.
    /// </summary>
    private static async Task<(Dictionary<string, long> Locks, long Room)> LocksAsync(
        NpgsqlConnection connection, IReadOnlyList<RestoreTask> tasks, Dictionary<string, ExistingSchema> schemas,
        CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(DatabaseSize.RoomSql, connection);
        var room = (long)(await query.ExecuteScalarAsync(cancellationToken))!;
        return (tasks.ToDictionary(task => task.Target.Schema, task => (task.Together is [] ? [task] : task.Together)
            .Sum(one => schemas[one.Target.Schema].Locks)), room);
    }

    private static async Task<IReadOnlyList<Problem>> ExtensionsAsync(
        NpgsqlConnection connection, IReadOnlyList<RestoreTask> tasks, CancellationToken cancellationToken)
    {
        if (tasks.All(task => task.Saved.Extensions.Count == 0)) return [];
        await using var query = new NpgsqlCommand("SELECT extname FROM pg_catalog.pg_extension", connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        HashSet<string> there = [];
        while (await reader.ReadAsync(cancellationToken)) there.Add(reader.GetString(0));
        return [.. tasks.SelectMany(task => task.Saved.Extensions.Where(extension => !there.Contains(extension.Name))
            .Select(extension => RestoreProblem.NoExtension(task.Target, extension)))];
    }

    private static async Task<IReadOnlyList<(List<RestoreTask> Tasks, RestoreNeeds Needs)>> NeedsAsync(
        IReadOnlyList<RestoreTask> tasks, CancellationToken cancellationToken)
    {
        List<(List<RestoreTask>, RestoreNeeds)> needs = [];
        foreach (var group in tasks.GroupBy(task => task.Archive.Path))
            needs.Add(([.. group], await NeedsReader.ReadAsync(group.First().Archive,
                [.. group.Where(task => !task.IsWholeDatabase).Select(task => task.Target.Schema)], false, cancellationToken)));
        return needs;
    }

    /// <summary>Adds the statements about the schema itself, which the definitions of its contents do not include.</summary>
    private static void AddFrame(RestoreNeeds needs, RestoreTask task)
    {
        if (!task.Archive.Schemas.TryGetValue(task.Target.Schema, out var frame)) return;
        if (frame.Owner is not null) needs.Add(frame.Owner);
        foreach (var statement in frame.Rest) needs.Add(statement);
    }

    private static Task<IReadOnlyList<Problem>> RightsAsync(
        NpgsqlConnection connection, List<RestoreTask> tasks, RestoreNeeds needs, CancellationToken cancellationToken)
    {
        List<Target> targets = [.. tasks.Select(task => task.Target)];
        return RestoreRights.FindAsync(
            connection, needs, statement => SavedPromise.TargetOf(statement, targets), Severity.Error, cancellationToken);
    }

    /// <summary>For a whole database, or one that is missing and will be created.</summary>
    /// <param name="tasks">All tasks of that database.</param>
    public async Task<IReadOnlyList<Problem>> FindElsewhereAsync(IReadOnlyList<RestoreTask> tasks, CancellationToken cancellationToken)
    {
        var (task, target) = (tasks[0], tasks[0].Target);
        await using var elsewhere = await Connections.OpenForReadingAsync(
            ExistingDatabase.Elsewhere(target), settings, WaitFor.Room, cancellationToken);
        List<Problem> problems = [.. Newer(task, elsewhere.PostgreSqlVersion)];
        var live = await ExistingDatabase.ReadAsync(elsewhere, target.DatabaseName, settings.ApplicationName, cancellationToken);
        if (!live.MayReplace)
            problems.Add(RestoreProblem.NotOwner(target, live.Exists
                ? $"does not own database {target.DatabaseName}, or has no right to create databases (CREATEDB)"
                : "has no right to create databases (CREATEDB)"));
        foreach (var (archive, needs) in await NeedsAsync(tasks, cancellationToken))
        {
            var statements = live.Exists ? await ExistingDatabase.StatementsAsync(elsewhere, target.DatabaseName, cancellationToken)
                : task.Archive.Database.Statements(target.DatabaseName, elsewhere.PostgreSqlVersion);
            foreach (var statement in statements) needs.Add(statement);
            foreach (var one in archive.Where(one => !one.IsWholeDatabase)) AddFrame(needs, one);
            // The member of pg_database_owner differs between databases: in the new one it is that database's owner.
            needs.Owners.Remove("pg_database_owner");
            if (task.IsWholeDatabase) needs.Unnameable.Clear();
            foreach (var extension in tasks.SelectMany(one => one.Saved.Extensions))
                needs.Add($"CREATE EXTENSION {PostgresName.Quote(extension.Name)} ");
            problems.AddRange(await RightsAsync(elsewhere, archive, needs, cancellationToken));
        }
        if (!task.IsWholeDatabase) return problems;
        if (live.Prepared.Length > 0) problems.Add(RestoreProblem.Prepared(target, live.Prepared));
        if (live.Replicated.Length > 0) problems.Add(RestoreProblem.Replicated(target, live.Replicated, Severity.Error));
        if (live.Sessions.Length > 0) problems.Add(RestoreProblem.Connected(target, live.Sessions));
        foreach (var name in new[] { ExistingDatabase.Restoring(target.DatabaseName), ExistingDatabase.Before(target.DatabaseName) })
            problems.AddRange(await NameAsync(task, elsewhere, name, cancellationToken));
        return problems;
    }

    /// <summary>The number of tables of a whole database.</summary>
    public async Task<int> TablesAsync(RestoreTask task, CancellationToken cancellationToken)
    {
        await using var connection = await Connections.OpenForReadingAsync(task.Target.Database, settings, WaitFor.Room, cancellationToken);
        await using var query = new NpgsqlCommand("""
            SELECT count(*)::integer FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
            """, connection);
        return (int)(await query.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<IEnumerable<Problem>> NameAsync(
        RestoreTask task, NpgsqlConnection elsewhere, string name, CancellationToken cancellationToken)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(name) > PostgresName.MaxBytes)
            return [RestoreProblem.NameTaken(
                task.Target, name, $"it is longer than the {PostgresName.MaxBytes} bytes that PostgreSQL keeps")];
        return await new DatabaseRestore(elsewhere, task, save.Id, 1, [], settings).IsInTheWayAsync(name, cancellationToken)
            ? [RestoreProblem.NameTaken(task.Target, name, "a database with that name, not made by krang-upgrade, exists and contains " +
                "data")] : [];
    }

    private static IEnumerable<Problem> Newer(RestoreTask task, Version server)
    {
        if (ToolVersions.Major(task.Archive.Saved.ServerVersion) > server.Major)
            yield return RestoreProblem.NewerServer(task.Target, task.Archive.Saved.ServerVersion, server.Major);
    }
}
