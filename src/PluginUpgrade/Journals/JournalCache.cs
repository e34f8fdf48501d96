using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Npgsql;

namespace PluginUpgrade.Journals;

/// <summary>One journal, as far as plans need it: without times, runs and hosts.</summary>
/// <param name="Format">The comment of the journal's table.</param>
public sealed record JournalKind(string Format, IReadOnlyList<JournalRow> Installation, IReadOnlyList<JournalRow> Instance)
{
    /// <summary>Values of the column <c>version</c> that are not versions.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>Other rows that are not valid, as the beginnings of sentences.</summary>
    public IReadOnlyList<string> BadRows { get; init; } = [];

    public bool IsSound => Unreadable.Count == 0 && BadRows.Count == 0;

    public IReadOnlyList<JournalRow> Rows(Scope scope) => scope == Scope.Installation ? Installation : Instance;
}

/// <summary>
/// Reads the journals of a fleet, thousands of which have the same content. The server computes a digest of each, and only one journal of
/// each digest is read and kept. Takes two round trips for any number of schemas, in one snapshot: the journal that is read must be the one
/// that the digest was computed from.
/// </summary>
public sealed class JournalCache
{
    private readonly ConcurrentDictionary<string, JournalKind> _kinds = [];

    /// <param name="schemas">Each must hold a journal.</param>
    /// <param name="patience">How long to wait for a session that has locked a journal; null: the session's lock_timeout.</param>
    /// <exception cref="PostgresException">
    /// A schema or its journal is missing (42P01, 3F000), or cannot be read safely (22012). The caller must roll back the transaction.
    /// </exception>
    public async Task<IReadOnlyDictionary<string, JournalKind>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken, TimeSpan? patience = null)
    {
        if (schemas.Count == 0) return new Dictionary<string, JournalKind>();
        var digests = await DigestsAsync(connection, schemas, patience, cancellationToken);
        var first = schemas.Zip(digests).Where(pair => !_kinds.ContainsKey(pair.Second)).DistinctBy(pair => pair.Second).ToList();
        if (first.Count > 0)
        {
            var read = await JournalReader.ReadAsync(connection, [.. first.Select(pair => pair.First)], cancellationToken);
            foreach (var (schema, digest) in first) _kinds.TryAdd(digest, Kind(digest, schema, read));
        }
        await Postgres.Sql.ExecuteAsync(connection, "COMMIT", cancellationToken, TimeSpan.FromSeconds(JournalReader.SecondsToRead));
        return schemas.Zip(digests).ToDictionary(pair => pair.First, pair => _kinds[pair.Second]);
    }

    private static async Task<string[]> DigestsAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, TimeSpan? patience, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = JournalReader.SecondsToRead };
        batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
        if (patience is { } limit)
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"SET LOCAL lock_timeout = {(long)limit.TotalMilliseconds}"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(JournalShape.Guard)
        {
            Parameters = { new() { Value = Postgres.Sql.Array(schemas) }, new() { Value = Journal.TableName } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Sql(schemas)));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(FormatsSql)
        {
            Parameters = { new() { Value = Postgres.Sql.Array(schemas.Select(Journal.Table)) } },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var digests = new string[schemas.Count];
        while (await reader.ReadAsync(cancellationToken)) digests[reader.GetInt32(0)] = reader.GetString(1);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) digests[reader.GetInt32(0)] += $" {reader.GetString(1)}";
        return digests;
    }

    /// <summary>
    /// Reads the tables' comments in one join, and not one by one with the digests: right after many schemas were created, before the
    /// server has statistics on its catalogs, it would scan all comments for each table.
    /// </summary>
    private const string FormatsSql = """
        SELECT s.number::integer - 1, coalesce(d.description, '')
        FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS s(name, number)
        LEFT JOIN pg_catalog.pg_description d
          ON d.objoid = s.name::regclass AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0
        """;

    private static string Sql(IReadOnlyList<string> schemas)
    {
        var sql = new StringBuilder();
        for (var i = 0; i < schemas.Count; i++)
        {
            if (i > 0) sql.Append(" UNION ALL ");
            sql.Append(CultureInfo.InvariantCulture, $"""
                SELECT {i}, coalesce(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
                         ROW(scope, component, version, module, sha256, state, by_hand, {JournalReader.Counts}, note, error, host IS NULL,
                             {JournalReader.IsTime("started_at")}, {JournalReader.IsTime("finished_at")})::text,
                         '' ORDER BY started_at, version), 'UTF8')), 'hex'), 'empty')
                FROM {Journal.Table(schemas[i])}
                """);
        }
        return sql.ToString();
    }

    private static JournalKind Kind(
        string digest, string schema, Dictionary<(string Schema, Scope Scope), JournalReader.Journalled> read)
    {
        var (own, instance) = (read.GetValueOrDefault((schema, Scope.Installation)), read.GetValueOrDefault((schema, Scope.Instance)));
        return new JournalKind(digest[(digest.IndexOf(' ', StringComparison.Ordinal) + 1)..], Plain(own), Plain(instance))
        {
            Unreadable = [.. own?.Unreadable ?? [], .. instance?.Unreadable ?? []],
            BadRows = [.. own?.BadRows ?? [], .. instance?.BadRows ?? []],
        };
    }

    /// <summary>Without the columns that differ between journals of the same digest.</summary>
    private static List<JournalRow> Plain(JournalReader.Journalled? journal) =>
    [
        .. (journal?.Rows ?? []).Select(row =>
            row with { RunId = null, Host = "", By = "", StartedAt = default, FinishedAt = null, Earlier = null }),
    ];
}
