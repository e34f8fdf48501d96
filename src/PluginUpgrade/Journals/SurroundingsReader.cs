using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Journals;

/// <param name="LongTransaction">Transactions of others that are open for so long are read.</param>
/// <param name="Applications">Whether others' sessions are asked for.</param>
/// <param name="Sizes">Whether the sizes of schemas are asked for.</param>
public sealed record SurroundingsQuestion(TimeSpan LongTransaction, bool Applications, bool Sizes)
{
    /// <summary>
    /// Whether the server and others' sessions are asked for; else what lies in the database alone. On a new connection the views of
    /// sessions and locks cost several times what all the rest does.
    /// </summary>
    public bool Sessions { get; init; } = true;

    /// <summary>Whether what lies in the database is asked for.</summary>
    public bool Inside { get; init; } = true;
}

/// <summary>
/// Reads what is around targets: one round trip for each database, and one more for what is rarely there, whatever the number of schemas.
/// Changes nothing.
/// </summary>
public static class SurroundingsReader
{
    /// <summary>So many unknown instances are named; nobody writes more settings by hand.</summary>
    private const int UnknownInstances = 50;

    /// <param name="target">One of the database's.</param>
    /// <param name="configured">The schemas of all targets in the database; null: other instances are not looked for.</param>
    public static async Task<Surroundings> ReadAsync(
        Target target, SurroundingsQuestion question, IReadOnlySet<string>? configured, ConnectionSettings settings,
        CancellationToken cancellationToken)
    {
        var around = new Surroundings { Server = target.Server, Database = target.DatabaseName };
        try
        {
            await using var connection =
                await Connections.OpenForReadingAsync(target.Database, settings, WaitFor.Room, cancellationToken);
            (around, var invalid, var journals) = await ReadAsync(connection, around, question, configured, cancellationToken);
            var strange = journals.Where(schema => !IsKept(schema, configured!)).Take(UnknownInstances).ToList();
            return around with
            {
                InvalidIndexes = invalid ? await InvalidIndexesAsync(connection, cancellationToken) : [],
                UnknownInstances = await WithInstanceRowsAsync(connection, strange, cancellationToken),
            };
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Somebody took rights on PostgreSQL's own views away: what is not seen is said, and refuses nothing.
            return around with { NotRead = ConnectionProblem.Of(target, e) with { Severity = Severity.Warning } };
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            return around with { NotRead = ConnectionProblem.Of(target, e) };
        }
    }

    /// <summary>What an upgrade side by side or a restore keeps beside a schema is named after it: <c>acme__before</c>.</summary>
    private static bool IsKept(string schema, IReadOnlySet<string> known)
    {
        var end = schema.LastIndexOf("__", StringComparison.Ordinal);
        return end > 0 && known.Contains(schema[..end]);
    }

    private static async Task<(Surroundings Around, bool Invalid, List<string> Journals)> ReadAsync(
        NpgsqlConnection connection, Surroundings around, SurroundingsQuestion question, IReadOnlySet<string>? configured,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (question.Sessions)
        {
            Add(SurroundingsSql.Limits);
            Add(SurroundingsSql.Used);
            Add(SurroundingsSql.Standbys);
            Add(SurroundingsSql.LongTransactions, question.LongTransaction.TotalSeconds);
            Add(SurroundingsSql.PreparedTransactions);
            Add(question.Applications ? SurroundingsSql.Applications : SurroundingsSql.Nothing);
        }
        if (question.Inside)
        {
            Add(SurroundingsSql.ForeignTables);
            Add(question.Sizes ? SurroundingsSql.Sizes : SurroundingsSql.Nothing);
            Add(SurroundingsSql.AnyInvalidIndex);
            if (configured is null) Add(SurroundingsSql.Nothing);
            else Add(SurroundingsSql.Journals, Journal.TableName, Journal.Format, Sql.Array(configured));
        }
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var isFirst = true;
        if (question.Sessions)
        {
            var (limits, hidden) = (await NextAsync(row => (LimitsOf(row), row.GetInt64(7))))[0];
            around = around with
            {
                Limits = limits,
                HiddenSessions = hidden,
                Used = (await NextAsync(row => row.GetString(0))).ToHashSet(),
                Standbys = await NextAsync(StandbyOf),
                LongTransactions = Joined(await NextAsync(TransactionOf)),
                PreparedTransactions = Joined(await NextAsync(PreparedOf)),
                Applications = await NextAsync(row =>
                    new ConnectedApplication(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3))),
            };
        }
        if (!question.Inside) return (around, false, []);
        around = around with
        {
            ForeignTables = await NextAsync(row =>
                new ForeignTables(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3))),
            Largest = await NextAsync(row => new SchemaSize(row.GetString(0), row.GetInt64(1))),
        };
        return (around, (await NextAsync(row => row.GetInt32(0))).Count > 0, await NextAsync(row => row.GetString(0)));

        void Add(string sql, params object[] values)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
            batch.BatchCommands.Add(command);
        }

        async Task<List<T>> NextAsync<T>(Func<NpgsqlDataReader, T> row)
        {
            if (!isFirst) await reader.NextResultAsync(cancellationToken);
            isFirst = false;
            List<T> rows = [];
            while (await reader.ReadAsync(cancellationToken)) rows.Add(row(reader));
            return rows;
        }
    }

    private static ServerLimits LimitsOf(NpgsqlDataReader row) => new(
        row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4),
        row.IsDBNull(5) ? null : row.GetInt32(5), row.GetInt32(6));

    private static Standby StandbyOf(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetInt64(2),
        row.IsDBNull(3) ? null : TimeSpan.FromSeconds(row.GetDouble(3)), row.GetBoolean(4));

    private static OpenTransaction TransactionOf(NpgsqlDataReader row)
    {
        var blocker = new Blocker(
            row.GetInt32(5), row.GetString(6), row.GetString(7), row.GetString(8), new DateTimeOffset(row.GetDateTime(0)),
            row.GetString(9), SqlText.Shown(row.GetString(10)), 0);
        return Transaction(row, $"{blocker}", $"SELECT pg_terminate_backend({row.GetInt32(5)})");
    }

    private static OpenTransaction PreparedOf(NpgsqlDataReader row) => Transaction(
        row, $"'{row.GetString(5)}' of {row.GetString(6)}",
        $"ROLLBACK PREPARED '{row.GetString(5).Replace("'", "''", StringComparison.Ordinal)}'");

    private static OpenTransaction Transaction(NpgsqlDataReader row, string who, string end) => new(
        who, end, new DateTimeOffset(row.GetDateTime(0)), TimeSpan.FromSeconds(row.GetDouble(1)),
        row.IsDBNull(2) ? [] : [new LockedRelation(row.GetString(2), row.GetString(3), row.GetInt64(4))]);

    /// <summary>A row for each schema becomes one transaction.</summary>
    private static List<OpenTransaction> Joined(List<OpenTransaction> rows) =>
    [
        .. rows.GroupBy(row => (row.Who, row.End, row.Since))
            .Select(same => same.First() with { Locked = [.. same.SelectMany(row => row.Locked)] }),
    ];

    private static async Task<List<InvalidIndex>> InvalidIndexesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand(SurroundingsSql.InvalidIndexes, connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<InvalidIndex> found = [];
        while (await reader.ReadAsync(cancellationToken))
            found.Add(new InvalidIndex(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        return found;
    }

    private static async Task<List<string>> WithInstanceRowsAsync(
        NpgsqlConnection connection, List<string> schemas, CancellationToken cancellationToken)
    {
        if (schemas.Count == 0) return schemas;
        var questions = schemas.Select((schema, i) => FormattableString.Invariant(
            $"SELECT {i} WHERE EXISTS (SELECT FROM {Journal.Table(schema)} WHERE scope = 'instance')"));
        await using var query = new NpgsqlCommand(string.Join(" UNION ALL ", questions), connection);
        await using var reader = await query.ExecuteReaderAsync(cancellationToken);
        List<string> found = [];
        while (await reader.ReadAsync(cancellationToken)) found.Add(schemas[reader.GetInt32(0)]);
        return found;
    }
}
