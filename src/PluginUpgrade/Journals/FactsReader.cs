using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Journals;

/// <summary>
/// Reads where targets stand: two round trips for each 500 of a database, whatever their number, and never a connection for each.
/// Changes nothing.
/// </summary>
public sealed class FactsReader(ConnectionSettings settings, int parallel)
{
    private const int BatchSize = 500;

    /// <summary>Facts of all targets, in their order. What cannot be reached is a fact too.</summary>
    public async Task<IReadOnlyList<TargetFacts>> ReadAsync(IReadOnlyList<Target> targets, CancellationToken cancellationToken)
    {
        var facts = new Dictionary<Target, TargetFacts>(ReferenceEqualityComparer.Instance);
        var databases = targets.GroupBy(target => target.Database).Select(group => group.ToList()).ToList();
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(databases, options, async (group, ct) =>
        {
            var read = await ReadDatabaseAsync(group, ct);
            lock (facts)
                foreach (var fact in read) facts[fact.Target] = fact;
        });
        return [.. targets.Select(target => facts[target])];
    }

    private async Task<List<TargetFacts>> ReadDatabaseAsync(List<Target> targets, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection =
                await Connections.OpenForReadingAsync(targets[0].Database, settings, WaitFor.Room, cancellationToken);
            List<TargetFacts> facts = [];
            foreach (var batch in targets.Chunk(BatchSize))
                facts.AddRange(await ReadBatchAsync(connection, batch, cancellationToken));
            var owner = await Pooler.OwnerAsync(connection, facts[0].BackendPid, targets[0].Database, settings, cancellationToken);
            return owner == SessionOwner.Connection ? facts : [.. facts.Select(fact => fact with { SessionOwner = owner })];
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            return
            [
                .. targets.Select(target =>
                    new TargetFacts { Target = target, DatabaseMissing = true, SchemaMissing = true, IsEmpty = true }),
            ];
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException
            or ArgumentException or IOException)
        {
            return [.. targets.Select(target => new TargetFacts { Target = target, Unreachable = ConnectionProblem.Of(target, e) })];
        }
    }

    private static async Task<IEnumerable<TargetFacts>> ReadBatchAsync(
        NpgsqlConnection connection, Target[] targets, CancellationToken cancellationToken)
    {
        var schemas = targets.Select(target => target.Schema).Distinct().ToArray();
        var (identity, isReadOnly, backend, found, holders) = await ReadSchemasAsync(connection, schemas, cancellationToken);
        var withJournal = schemas.Where(schema => found[schema].JournalFormat is not null).ToList();
        var rows = withJournal.Count == 0 ? [] :
            await JournalReader.ReadAsync(connection, withJournal, cancellationToken);
        return targets.Select(target => found[target.Schema] with
        {
            IsEmpty = found[target.Schema].IsEmpty || WasEmptyBefore(target),
            Target = target,
            Identity = $"{identity}/{found[target.Schema].Identity}",
            Server = connection.PostgreSqlVersion,
            ReadOnly = isReadOnly,
            BackendPid = backend,
            Rows = rows.GetValueOrDefault((target.Schema, target.Scope))?.Rows ?? [],
            Unreadable = rows.GetValueOrDefault((target.Schema, target.Scope))?.Unreadable ?? [],
            Holder = holders.GetValueOrDefault(TargetLock.Key(target.Scope, target.Schema))
                ?? (target.Scope == Scope.Installation ? holders.GetValueOrDefault(TargetLock.RunKey(target.Schema)) : null),
        });

        // The installation and an instance may share a schema. Where one of them was upgraded from nothing, its tables are no sign that
        // the other holds data of an unknown version.
        bool WasEmptyBefore(Target target)
        {
            var other = target.Scope == Scope.Installation ? Scope.Instance : Scope.Installation;
            var journal = rows.GetValueOrDefault((target.Schema, other))?.Rows ?? [];
            return journal.Any(row => row.Stands) && !journal.Any(row => row.State == StepState.Baseline && !row.IsReached);
        }
    }

    private sealed record DatabaseFacts(
        string Identity, bool ReadOnly, int BackendPid, Dictionary<string, TargetFacts> Schemas, Dictionary<int, LockHolder> Holders);

    private static async Task<DatabaseFacts> ReadSchemasAsync(
        NpgsqlConnection connection, string[] schemas, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(DatabaseSql),
                new(SchemasSql) { Parameters = { new() { Value = Sql.Array(schemas) }, new() { Value = Journal.TableName } } },
                new(TargetLock.HoldersSql) { Parameters = { new() { Value = (long)TargetLock.Space } } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (identity, isReadOnly, backend) = (reader.GetString(0), reader.GetBoolean(1), reader.GetInt32(2));

        await reader.NextResultAsync(cancellationToken);
        Dictionary<string, TargetFacts> found = [];
        while (await reader.ReadAsync(cancellationToken))
            found[reader.GetString(0)] = new TargetFacts
            {
                Target = null!,
                SchemaMissing = reader.IsDBNull(1),
                Identity = reader.IsDBNull(1) ? $"missing {reader.GetString(0)}" : $"{reader.GetInt64(1)}",
                MayCreate = reader.GetBoolean(2),
                JournalFormat = reader.IsDBNull(3) ? null : reader.GetString(3),
                IsEmpty = reader.GetBoolean(4),
            };

        await reader.NextResultAsync(cancellationToken);
        Dictionary<int, LockHolder> holders = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var (key, holder) = TargetLock.ReadHolder(reader);
            holders[key] = holder;
        }
        return new DatabaseFacts(identity, isReadOnly, backend, found, holders);
    }

    private const string DatabaseSql = """
        SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system())::text || '/' ||
                 (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())::text,
               pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('transaction_read_only')::boolean,
               pg_catalog.pg_backend_pid()
        """;

    private const string SchemasSql = """
        SELECT s.name, n.oid::bigint, n.oid IS NULL OR pg_catalog.has_schema_privilege(n.oid, 'CREATE'),
               CASE WHEN j.oid IS NOT NULL THEN coalesce(pg_catalog.obj_description(j.oid, 'pg_class'), '') END,
               NOT EXISTS (
                 SELECT FROM pg_catalog.pg_class c
                 WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relname <> $2
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                                   WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
        FROM unnest($1::text[]) AS s(name)
        LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
        LEFT JOIN pg_catalog.pg_class j ON j.relnamespace = n.oid AND j.relname = $2 AND j.relkind = 'r'
        """;
}
