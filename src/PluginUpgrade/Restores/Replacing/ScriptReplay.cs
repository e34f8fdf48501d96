using System.Text.RegularExpressions;
using Npgsql;
using PluginUpgrade.Postgres.Scripts;
using PluginUpgrade.Programs;
using PluginUpgrade.Restores.Archives;
using PluginUpgrade.Saves;

namespace PluginUpgrade.Restores.Replacing;

/// <summary>
/// Sends the script that pg_restore writes over one session, statement by statement. It never passes through psql, which would execute what
/// somebody put into a name (CVE-2025-8714, CVE-2025-8715, CVE-2026-18408).
/// </summary>
/// <param name="keeps">Called before each statement; true if it must not be sent (now).</param>
/// <param name="report">Gets the number of bytes of the script that were read.</param>
internal sealed partial class ScriptReplay(
    NpgsqlConnection connection, Func<DumpStatement, CancellationToken, ValueTask<bool>>? keeps, Action<long> report)
{
    private const int StatementsOfABatch = 100, BytesOfABatch = 1 << 18;

    private readonly List<string> _batch = [];
    private readonly Dictionary<string, long> _rows = [];
    private IReadOnlyList<ConfigurationTable>? _configuration;
    private int _batched;

    /// <summary>The settings that the script relies on. They override those of role, database and server.</summary>
    /// <param name="local">Only until the end of the transaction.</param>
    public static string SettingsSql(string searchPath, bool local) => "SELECT " + string.Join(", ", new[]
    {
        ("search_path", searchPath), ("standard_conforming_strings", "on"), ("array_nulls", "on"), ("transform_null_equals", "off"),
        ("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("row_security", "on"),
    }.Select(one => $"pg_catalog.set_config('{one.Item1}', {Quoted(one.Item2)}, {(local ? "true" : "false")})"));

    public async Task RunAsync(ProgramCall restore, CancellationToken cancellationToken)
    {
        var result = await restore.RunAsync(async output =>
        {
            var script = new DumpScript(output);
            while (await script.NextAsync(cancellationToken) is { } statement)
            {
                report(script.Position);
                if (IsOurs(statement.Text) || keeps is not null && await keeps(statement, cancellationToken)) continue;
                if (IsCopy(statement.Text)) await CopyAsync(script, statement, cancellationToken);
                else await SendAsync(statement.Sql, cancellationToken);
            }
        }, cancellationToken);
        if (result.ExitCode != 0) throw new FormatException($"pg_restore ended with {result.ExitCode} and said: {result.Said}");
        await FlushAsync(cancellationToken);
    }

    public async ValueTask SendAsync(string statement, CancellationToken cancellationToken)
    {
        // Large objects are in transactions of their own.
        var isAlone = statement is "BEGIN" or "COMMIT";
        if (isAlone) await FlushAsync(cancellationToken);
        _batch.Add(statement);
        _batched += statement.Length;
        if (isAlone || _batch.Count >= StatementsOfABatch || _batched >= BytesOfABatch) await FlushAsync(cancellationToken);
    }

    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0) return;
        await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        foreach (var statement in _batch) batch.BatchCommands.Add(Statements.Command(statement));
        _batched = 0;
        _batch.Clear();
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Tables that do not have as many rows as were sent; a trigger may have dropped or added some.</summary>
    public async Task<IReadOnlyList<string>> MiscountedAsync(CancellationToken cancellationToken)
    {
        List<string> wrong = [];
        foreach (var (table, rows) in _rows)
        {
            // Forced row security would hide rows from the owner.
            await using var query = new NpgsqlCommand($"""
                SELECT CASE WHEN NOT pg_catalog.row_security_active({Quoted(table)}) THEN (SELECT pg_catalog.count(*) FROM ONLY {table}) END
                """, connection)
            {
                CommandTimeout = 0,
            };
            if (await query.ExecuteScalarAsync(cancellationToken) is long count && count != rows)
                wrong.Add($"table {table} has {count} rows, but was saved with {rows}");
        }
        return wrong;
    }

    /// <summary>
    /// This session has its own limits, encoding and search path; a newer pg_restore also sets limits that an older server does not know.
    /// </summary>
    private static bool IsOurs(string statement) =>
        statement.StartsWith("SELECT pg_catalog.set_config('search_path', ", StringComparison.Ordinal)
        || statement.StartsWith("SET ", StringComparison.Ordinal) && statement.Split(' ')[1] is "client_encoding" or "statement_timeout"
            or "lock_timeout" or "idle_in_transaction_session_timeout" or "transaction_timeout" or "row_security";

    public static bool IsCopy(string statement) =>
        statement.StartsWith("COPY ", StringComparison.Ordinal) && statement.EndsWith(" FROM stdin", StringComparison.Ordinal);

    private async Task CopyAsync(DumpScript script, DumpStatement statement, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        var sql = await TextAsync(statement, cancellationToken);
        var table = CopiedTable().Match(sql) is { Success: true } match
            ? match.Groups["table"].Value : throw new FormatException("It contains rows without a table.");
        var isConfiguration = await EmptyConfigurationAsync(table, cancellationToken);
        var writer = await connection.BeginTextImportAsync($"{sql} WITH (ENCODING '{script.ServerEncoding}')", cancellationToken);
        // Only a complete COPY ends normally: disposing the writer would tell the server that these were all rows.
        try
        {
            var rows = await script.CopyRowsAsync(writer.BaseStream, cancellationToken);
            if (!isConfiguration) _rows[table] = _rows.GetValueOrDefault(table) + rows;
        }
        catch
        {
            await writer.CancelAsync();
            throw;
        }
        await writer.DisposeAsync();
    }

    /// <summary>COPY cannot be executed from within another statement, so the server decodes its text.</summary>
    private async Task<string> TextAsync(DumpStatement statement, CancellationToken cancellationToken)
    {
        if (statement.Encoding is null) return statement.Text;
        await using var query = new NpgsqlCommand($"SELECT {statement.Expression}", connection);
        return (string)(await query.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// If the table is an extension's, removes the rows that the extension itself inserted, to make room for the saved ones.
    /// </summary>
    private async Task<bool> EmptyConfigurationAsync(string table, CancellationToken cancellationToken)
    {
        _configuration ??= await ConfigurationTable.ReadAsync(connection, null, cancellationToken);
        if (_configuration.FirstOrDefault(one => one.Name == table) is not { } found) return false;
        await SendAsync(found.EmptySql, cancellationToken);
        await FlushAsync(cancellationToken);
        return true;
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private const string Name = "(?:\"(?:[^\"]|\"\")+\"|[^\\s\".(]+)";

    [GeneratedRegex("^COPY (?<table>" + Name + "\\." + Name + ") +(?:\\(|FROM )", RegexOptions.ExplicitCapture)]
    private static partial Regex CopiedTable();
}
