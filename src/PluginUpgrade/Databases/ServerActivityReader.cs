using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Scripts;

namespace PluginUpgrade.Databases;

/// <param name="LongTransaction">How long a transaction of others must be open to be read.</param>
/// <param name="Applications">Whether sessions of others are read.</param>
public sealed record SurroundingsQuestion(TimeSpan LongTransaction, bool Applications);

/// <summary>
/// Reads the activity around a database, on one connection and in one round trip. On a new connection, the views of sessions and locks cost
/// several times as much as everything else that is read of a database. Changes nothing.
/// </summary>
public static class ServerActivityReader
{
    /// <param name="target">Any target in the database.</param>
    public static async Task<ServerActivity> ReadAsync(
        Target target, SurroundingsQuestion question, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        var around = ServerActivity.Of(target);
        try
        {
            await using var connection =
                await Connections.OpenForReadingAsync(target.Database, settings, WaitFor.Room, cancellationToken);
            return await ReadAsync(connection, around, question, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Rights on system views were revoked. The check is left out with a warning, and refuses nothing.
            return around with { NotRead = ConnectionProblem.Of(target, e) with { Severity = Severity.Warning } };
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            return around with { NotRead = ConnectionProblem.Of(target, e) };
        }
    }

    private static async Task<ServerActivity> ReadAsync(
        NpgsqlConnection connection, ServerActivity around, SurroundingsQuestion question, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        var limits = batch.Add(ServerActivitySql.Limits, row => (Limits: LimitsOf(row), Hidden: row.GetInt64(7)));
        var used = batch.Add(ServerActivitySql.Used, row => row.GetString(0));
        var standbys = batch.Add(ServerActivitySql.Standbys, StandbyOf);
        var open = batch.Add(ServerActivitySql.LongTransactions, TransactionOf, question.LongTransaction.TotalSeconds);
        var prepared = batch.Add(ServerActivitySql.PreparedTransactions, PreparedOf);
        List<ConnectedApplication> applications = question.Applications ? batch.Add(ServerActivitySql.Applications, ApplicationOf) : [];
        await batch.ReadAsync(cancellationToken);
        return around with
        {
            Limits = limits[0].Limits,
            HiddenSessions = limits[0].Hidden,
            Used = used.ToHashSet(),
            Standbys = standbys,
            LongTransactions = Joined(open),
            PreparedTransactions = Joined(prepared),
            Applications = applications,
        };
    }

    private static ServerCapacity LimitsOf(NpgsqlDataReader row) => new(
        row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4),
        row.IsDBNull(5) ? null : row.GetInt32(5), row.GetInt32(6));

    private static ConnectedApplication ApplicationOf(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3));

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

    /// <summary>Joins the rows of a transaction: there is one for each schema.</summary>
    private static List<OpenTransaction> Joined(List<OpenTransaction> rows) =>
    [
        .. rows.GroupBy(row => (row.Who, row.End, row.Since))
            .Select(same => same.First() with { Locked = [.. same.SelectMany(row => row.Locked)] }),
    ];
}
