using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>Whose a connection's server session is.</summary>
public enum SessionOwner
{
    /// <summary>The connection's, from its beginning to its end.</summary>
    Connection,

    /// <summary>Each transaction's, or each statement's: a pooler lends it. Locks and settings of sessions mean nothing.</summary>
    Transaction,

    /// <summary>There is a pooler, and it gave out no second session to find out.</summary>
    Unknown,
}

/// <summary>Finds out what a pooler between host and server does.</summary>
public static class Pooler
{
    private const int SecondsToAnswer = 5;

    /// <summary>In place of a process: there are no transactions of several statements at all.</summary>
    private const int Refused = 0;
    private const string InTransaction = "BEGIN; SELECT pg_catalog.pg_backend_pid()";

    /// <summary>
    /// A server tells its process when a connection begins; a pooler tells a number of its own making. Only where the two differ, two
    /// connections find out: while the second one is in a transaction, does the first keep its session?
    /// </summary>
    /// <param name="first">Not in a transaction.</param>
    /// <param name="backend">What pg_backend_pid() answered on it.</param>
    public static Task<SessionOwner> OwnerAsync(
        NpgsqlConnection first, int backend, string database, ConnectionSettings settings, CancellationToken cancellationToken) =>
        OwnerAsync(first, backend, token => Connections.TryOpenForReadingAsync(database, settings, token), cancellationToken);

    /// <param name="open">Makes the second connection.</param>
    internal static async Task<SessionOwner> OwnerAsync(
        NpgsqlConnection first, int backend, Func<CancellationToken, Task<NpgsqlConnection>> open, CancellationToken cancellationToken)
    {
        if (first.ProcessID == backend) return SessionOwner.Connection;
        // More than once: with other clients on the pooler, the first may get its old session back by chance.
        for (var round = 0; round < 3; round++)
            if (await TryAsync(first, open, cancellationToken) is not SessionOwner.Connection and var owner) return owner;
        return SessionOwner.Connection;
    }

    private static async Task<SessionOwner> TryAsync(
        NpgsqlConnection first, Func<CancellationToken, Task<NpgsqlConnection>> open, CancellationToken cancellationToken)
    {
        if (await AskAsync(first, $"{InTransaction}; COMMIT", cancellationToken) is not { } before) return SessionOwner.Transaction;
        await using var second = await OpenAsync(open, cancellationToken);
        if (second is null || await AskAsync(second, InTransaction, cancellationToken) is not { } other) return SessionOwner.Unknown;
        if (other == Refused) return SessionOwner.Transaction;
        // No answer: the second one has the only session now.
        return await AskAsync(first, $"{InTransaction}; COMMIT", cancellationToken) == before
            ? SessionOwner.Connection : SessionOwner.Transaction;
    }

    private static async Task<NpgsqlConnection?> OpenAsync(
        Func<CancellationToken, Task<NpgsqlConnection>> open, CancellationToken cancellationToken)
    {
        try
        {
            return await open(cancellationToken);
        }
        catch (Exception e) when (SqlErrors.IsAway(e) || SqlErrors.IsFull(e))
        {
            return null;
        }
    }

    /// <summary>The server's process; null where the pooler gives out no session for a while.</summary>
    private static async Task<int?> AskAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = SecondsToAnswer };
            return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
        }
        catch (PostgresException e) when (e.MessageText.Contains("statement pooling", StringComparison.OrdinalIgnoreCase))
        {
            // pgbouncer: "transaction blocks not allowed in statement pooling mode".
            return Refused;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return null;
        }
    }
}
