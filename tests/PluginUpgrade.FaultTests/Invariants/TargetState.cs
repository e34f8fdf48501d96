using Npgsql;

namespace PluginUpgrade.FaultTests.Invariants;

/// <summary>One step's row in the table that all steps write to.</summary>
public sealed record Effect(string Module, DateTime StartedAt, DateTime? EndedAt);

/// <summary>One row of the journal.</summary>
/// <param name="Text">All of it.</param>
public sealed record JournalLine(
    string Module, string Version, string State, Guid? Run, DateTime StartedAt, DateTime? FinishedAt, string Text);

/// <summary>What a target's database says, read with statements of the checker's own.</summary>
public sealed record TargetState
{
    public required ExpectedTarget Target { get; init; }

    public required IReadOnlyList<Effect> Effects { get; init; }

    /// <summary>Modules whose table is there.</summary>
    public required IReadOnlyList<string> Tables { get; init; }

    public required long Counter { get; init; }

    /// <summary>What the batches of V1_008 left.</summary>
    public required IReadOnlyList<int> Batches { get; init; }

    public required IReadOnlyList<string> InvalidIndexes { get; init; }

    public required IReadOnlyList<JournalLine> Journal { get; init; }

    /// <summary>How often a step was begun in the schema, by whichever scope, those included that were rolled back.</summary>
    public required long Attempts { get; init; }

    /// <summary>How often a step found another one inside the same target.</summary>
    public required long Overlaps { get; init; }

    public IEnumerable<string> DoneByJournal => Journal.Where(line => line.State == "done").Select(line => line.Module);

    public static async Task<TargetState> ReadAsync(ExpectedTarget target, CancellationToken cancellationToken)
    {
        await using var connection = await Ask.OpenAsync(target.Database, cancellationToken);
        var schema = Ask.Quote(target.Schema);
        async Task<List<T>> ReadAsync<T>(string table, string sql, Func<NpgsqlDataReader, T> row) =>
            !await Ask.ExistsAsync(connection, $"{schema}.{table}", cancellationToken) ? []
                : await Ask.RowsAsync(connection, sql, row, cancellationToken);

        return new TargetState
        {
            Target = target,
            Effects = await ReadAsync("effect",
                $"SELECT module, started_at, ended_at FROM {schema}.effect WHERE scope = '{target.Scope}' ORDER BY started_at",
                row => new Effect(row.GetString(0), row.GetDateTime(1), row.IsDBNull(2) ? null : row.GetDateTime(2))),
            Tables = await Ask.RowsAsync(connection, $"""
                SELECT upper(substr(relname, length('made_{target.Scope}_') + 1)) FROM pg_class
                WHERE relnamespace = '{schema}'::regnamespace AND relkind = 'r' AND starts_with(relname, 'made_{target.Scope}_') ORDER BY 1
                """, row => row.GetString(0), cancellationToken),
            Counter = (await ReadAsync("counter",
                $"SELECT n::bigint FROM {schema}.counter WHERE scope = '{target.Scope}'", row => row.GetInt64(0))).Sum(),
            Batches = target.Scope == "installation" ? []
                : await ReadAsync("batched", $"SELECT n FROM {schema}.batched ORDER BY n", row => row.GetInt32(0)),
            InvalidIndexes = await Ask.TextsAsync(connection, $"""
                SELECT indexrelid::regclass FROM pg_index JOIN pg_class c ON c.oid = indexrelid
                WHERE relnamespace = '{schema}'::regnamespace AND NOT indisvalid
                """, cancellationToken),
            Journal = await ReadAsync("krang_upgrade_journal", $"""
                SELECT module, version, state, run_id, started_at, finished_at, j::text
                FROM {schema}.krang_upgrade_journal j WHERE scope = '{target.Scope}' ORDER BY started_at
                """, row => new JournalLine(
                    row.GetString(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetGuid(3), row.GetDateTime(4),
                    row.IsDBNull(5) ? null : row.GetDateTime(5), row.GetString(6))),
            Attempts = await CountAsync("attempts"),
            Overlaps = await CountAsync("overlaps"),
        };

        async Task<long> CountAsync(string sequence) =>
            (await ReadAsync(sequence,
                $"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {schema}.{sequence}", row => row.GetInt64(0))).Sum();
    }
}
