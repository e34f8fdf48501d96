using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Saves.Restoring;

/// <summary>
/// Puts a schema back in one transaction, which it leaves open: until that is committed nobody sees any of it. The archive is read by
/// pg_restore as a script, which is sent statement by statement; it never passes through psql, which would obey what somebody put into a
/// name (CVE-2025-8714, CVE-2025-8715, CVE-2026-18408).
/// </summary>
/// <param name="connection">Holds the target's lock.</param>
/// <param name="tell">How many bytes of the script were read.</param>
internal sealed class SchemaRestore(NpgsqlConnection connection, RestoreTask task, Action<long> tell)
{
    private const int StatementsOfABatch = 100, BytesOfABatch = 1 << 18;

    private readonly string _schema = task.Target.Schema;
    private readonly List<string> _batch = [];
    private int _batched;

    /// <returns>What the schema is known by once the transaction is committed; see <see cref="SchemaPlace.EvidenceAsync"/>.</returns>
    /// <exception cref="UpgradeException">Something elsewhere rests on the schema, or the archive is not what it should be.</exception>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        await Sql.ExecuteAsync(connection, "BEGIN", cancellationToken);
        var frame = task.Archive.Schemas[_schema];
        var place = (await SchemaPlace.ReadAsync(connection, [_schema], cancellationToken))[_schema];
        if (place.Strangers.Count > 0) throw new UpgradeException(RestoreProblem.Strangers(task.Target, place.Strangers));
        foreach (var statement in place.Exists ? await SchemaPlace.DropSqlAsync(connection, _schema, cancellationToken) : [frame.Create])
            await SendAsync(statement, cancellationToken);
        if (frame.Owner is not null) await SendAsync(frame.Owner, cancellationToken);
        await FlushAsync(cancellationToken);
        SeededFault.Point("schema emptied");
        await ReplayAsync(cancellationToken);
        SeededFault.Point("contents restored");
        await RestoreFrameAsync(frame, cancellationToken);
        await VerifyAsync(cancellationToken);
        return await SchemaPlace.EvidenceAsync(connection, _schema, cancellationToken);
    }

    private async Task ReplayAsync(CancellationToken cancellationToken)
    {
        var result = await ArchiveCall.Schema(task.Archive, _schema).RunAsync(async output =>
        {
            var script = new DumpScript(output);
            while (await script.NextAsync(cancellationToken) is { } statement)
            {
                tell(script.Position);
                if (IsOurs(statement)) continue;
                if (statement.StartsWith("COPY ", StringComparison.Ordinal) && statement.EndsWith(" FROM stdin", StringComparison.Ordinal))
                    await CopyAsync(script, statement, cancellationToken);
                else
                    await SendAsync(statement, cancellationToken);
            }
        }, cancellationToken);
        if (result.ExitCode != 0) throw new FormatException($"pg_restore ended with {result.ExitCode} and said: {result.Said}");
        await FlushAsync(cancellationToken);
    }

    /// <summary>Limits and the encoding are this session's own; a newer pg_restore knows limits that an older server does not.</summary>
    private static bool IsOurs(string statement) =>
        statement.StartsWith("SET ", StringComparison.Ordinal) && statement.Split(' ')[1] is "client_encoding" or "statement_timeout"
            or "lock_timeout" or "idle_in_transaction_session_timeout" or "transaction_timeout";

    private async Task CopyAsync(DumpScript script, string statement, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        var writer = await connection.BeginTextImportAsync(
            $"{statement} WITH (ENCODING '{script.ServerEncoding}')", cancellationToken);
        // Only what came whole is ended well: disposing of the writer would tell the server that these were all rows.
        try
        {
            await script.CopyRowsAsync(writer.BaseStream, cancellationToken);
        }
        catch
        {
            await writer.CancelAsync();
            throw;
        }
        await writer.DisposeAsync();
    }

    private async Task RestoreFrameAsync(SchemaFrame frame, CancellationToken cancellationToken)
    {
        foreach (var statement in await SchemaPlace.ResetRightsSqlAsync(connection, _schema, cancellationToken))
            await SendAsync(statement, cancellationToken);
        await SendAsync($"COMMENT ON SCHEMA {PostgresName.Quote(_schema)} IS NULL", cancellationToken);
        foreach (var statement in frame.Rest) await SendAsync(statement, cancellationToken);
        await FlushAsync(cancellationToken);
    }

    /// <summary>The journal is there if it was saved: an archive that holds less than its manifest says is not committed.</summary>
    private async Task VerifyAsync(CancellationToken cancellationToken)
    {
        if (task.Saved.Versions.Count == 0) return;
        await using var query = new NpgsqlCommand("SELECT pg_catalog.to_regclass($1) IS NOT NULL", connection)
        {
            Parameters = { new() { Value = Journal.Table(_schema) } },
        };
        if (await query.ExecuteScalarAsync(cancellationToken) is not true)
            throw new FormatException("It lacks the journal that was saved with it.");
    }

    private async Task SendAsync(string statement, CancellationToken cancellationToken)
    {
        _batch.Add(statement);
        _batched += statement.Length;
        if (_batch.Count >= StatementsOfABatch || _batched >= BytesOfABatch) await FlushAsync(cancellationToken);
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        foreach (var statement in _batch)
            foreach (var command in Commands(statement)) batch.BatchCommands.Add(command);
        _batched = 0;
        _batch.Clear();
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// Npgsql looks for semicolons itself, and does not always know the end of a body that is SQL: what holds one it gets to see as a
    /// parameter only.
    /// </summary>
    private static NpgsqlBatchCommand[] Commands(string statement)
    {
        if (!statement.Contains("BEGIN ATOMIC", StringComparison.Ordinal)) return [new(statement)];
        return
        [
            new("SELECT pg_catalog.set_config('krang.statement', $1, true)") { Parameters = { new() { Value = statement } } },
            new("DO 'BEGIN EXECUTE pg_catalog.current_setting(''krang.statement''); END'"),
        ];
    }
}
