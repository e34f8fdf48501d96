using Npgsql;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Journals;

/// <summary>The journal of a schema that becomes live.</summary>
public sealed partial class Journal
{
    private const string CopiedColumns = """
        scope, component, version, module, sha256, state, started_at, finished_at, run_id, host, by_hand, note, error, xid, cursors,
        earlier
        """;

    /// <summary>Copies all rows of the schema that was live, except the step's own: earlier tries of it.</summary>
    /// <param name="former">The schema that was live.</param>
    public NpgsqlBatchCommand CopyFrom(string former, UpgradeStep step) => Command($"""
        INSERT INTO {_table} ({CopiedColumns}) SELECT {CopiedColumns} FROM {Table(former)}
        WHERE NOT (scope = $1 AND component = $2 AND version_key = $3)
        """, Key(step));

    /// <summary>The columns of all rows that <see cref="CopyFrom"/> copies, for a journal in another database.</summary>
    /// <returns>The query on the former journal, and the table with its columns.</returns>
    public (string Query, string Into) Copied(UpgradeStep step) => (
        $"""
        SELECT {CopiedColumns} FROM {_table} WHERE NOT (scope = {Postgres.Sql.Literal(JournalText.Of(step.Target.Scope))}
          AND component = {Postgres.Sql.Literal(step.Component)} AND version_key = {Postgres.Sql.Literal(step.Version.Key)})
        """, $"{_table} ({CopiedColumns})");

    /// <summary>Removes all rows but the step's own: an earlier try may have copied them.</summary>
    public NpgsqlBatchCommand RemoveOthers(UpgradeStep step) => Command(
        $"DELETE FROM {_table} WHERE NOT (scope = $1 AND component = $2 AND version_key = $3)", Key(step));

    /// <summary>Takes back that a step is done, whose exchange did not happen.</summary>
    public async Task UnsealAsync(NpgsqlConnection connection, UpgradeStep step, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(Command($"""
            UPDATE {_table} SET state = 'running', finished_at = NULL
            WHERE scope = $1 AND component = $2 AND version_key = $3 AND state = 'done'
            """, Key(step)));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Writes a loop's cursor in the open transaction, or in one of its own. It fails if the row belongs to another run.</summary>
    public async Task WriteCursorAsync(
        NpgsqlConnection connection, UpgradeStep step, Guid run, string name, string cursor, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = _seconds };
        batch.BatchCommands.Add(WriteCursor(step, run, name, cursor));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
