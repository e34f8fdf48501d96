using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>Who owns a connection's server session.</summary>
public enum SessionOwner
{
    /// <summary>The connection, from its beginning to its end.</summary>
    Connection,

    /// <summary>
    /// Each transaction, or each statement: a pooler lends the session. Session locks and session settings have no effect.
    /// </summary>
    Transaction,

    /// <summary>There is a pooler, and it gave no second session for the test.</summary>
    Unknown,
}

/// <summary>Finds out how a pooler between krang-upgrade and the server assigns sessions.</summary>
public static class Pooler
{
    private const int SecondsToAnswer = 5;

    /// <summary>Instead of a process id: the pooler refuses transactions of several statements.</summary>
    private const int Refused = 0;
    private const string InTransaction = "BEGIN; SELECT pg_catalog.pg_backend_pid()";

    /// <summary>
    /// A server sends its backend's process id when a connection begins; a pooler sends a number of its own. If the two differ, two
    /// connections find out: does the first keep its session while the second one is in a transaction?
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
        // Several rounds: with other clients on the pooler, the first connection may get its old session back by chance.
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
        // No answer means that the second connection has the only session.
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

    /// <summary>The backend's process id; null if the pooler gives no session within the time limit.</summary>
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
