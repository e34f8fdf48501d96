using System.Net.Sockets;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>What a failure of the server, or of the connection to it, means.</summary>
public static class SqlErrors
{
    /// <summary>Retrying the whole step may succeed: nothing of it was kept.</summary>
    public static bool IsRetryable(Exception e) => OfServer(e) is
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable,
    } || IsCatalogueRace(e);

    /// <summary>
    /// Two sessions changed the same row of the system catalogues: GRANT on one table, CREATE ... IF NOT EXISTS of one name, DROP of one
    /// object. PostgreSQL does not serialize these; the second one fails and may simply try again.
    /// </summary>
    public static bool IsCatalogueRace(Exception e) => OfServer(e) switch
    {
        // The server does not translate its internal errors.
        { SqlState: PostgresErrorCodes.InternalError } server => InternalRaces.Any(
            text => server.MessageText.StartsWith(text, StringComparison.Ordinal)),
        { SqlState: PostgresErrorCodes.UniqueViolation, SchemaName: "pg_catalog" } => true,
        {
            SqlState: PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateSchema or PostgresErrorCodes.DuplicateObject
            or PostgresErrorCodes.DuplicateFunction or PostgresErrorCodes.UndefinedObject
        } server => IsGuarded(server),
        _ => false,
    };

    private static readonly string[] InternalRaces =
        ["tuple concurrently ", "cache lookup failed for ", "could not open relation with OID ", "could not find tuple for "];

    /// <summary>The statement has a clause that rules out its error, so that only a race can cause it.</summary>
    private static bool IsGuarded(PostgresException e) =>
        $"{e.BatchCommand?.CommandText} {e.InternalQuery} {e.Where}" is var text
        && Guards.Any(guard => text.Contains(guard, StringComparison.OrdinalIgnoreCase));

    private static readonly string[] Guards = ["IF NOT EXISTS", "IF EXISTS", "OR REPLACE"];

    /// <summary>The server's own error, also if a library of the module has wrapped it; null if there is none.</summary>
    public static PostgresException? OfServer(Exception e)
    {
        // The limit also ends a chain that is a ring.
        var at = e;
        for (var depth = 0; at is not null && depth < 20; depth++)
        {
            if (at is PostgresException server) return server;
            at = at is AggregateException { InnerExceptions: [var first, ..] } ? first : at.InnerException;
        }
        return null;
    }

    /// <summary>
    /// The server refused a statement, and its transaction with it: the statement had no effect. Npgsql closes the connection after some of
    /// these errors (classes 53, 58 and XX), but the answer is complete.
    /// </summary>
    public static bool IsRefusal(Exception e) => OfServer(e) is { } server && !IsEndOfSession(server);

    /// <summary>The server ended the session with this error: the last statement, a COMMIT for example, may have taken effect.</summary>
    public static bool IsEndOfSession(PostgresException e) =>
        (e.InvariantSeverity is { Length: > 0 } severity ? severity : e.Severity) is "FATAL" or "PANIC"
        || e.SqlState.StartsWith("08", StringComparison.Ordinal);

    /// <summary>The session is gone, and the answer with it: whether the last statement took effect must be looked up.</summary>
    public static bool IsLostConnection(Exception e) => e switch
    {
        PostgresException server => server.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or "25P03" or "25P04" or "57P05"
            || server.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };

    /// <summary>The SQLSTATE of the server's error, at any depth of the exception; null if there is none.</summary>
    public static string? StateOf(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is PostgresException server) return server.SqlState;
            else if (e is ToldException told) return told.SqlState;
        return null;
    }

    /// <summary>Class 53: out of disk space, memory or connections.</summary>
    public static bool LacksResources(PostgresException e) => e.SqlState.StartsWith("53", StringComparison.Ordinal);

    /// <summary>The limit of connections is reached: the server's, the database's or the role's.</summary>
    public static bool IsFull(Exception e) =>
        IsOrHolds(e, one => one is PostgresException { SqlState: PostgresErrorCodes.TooManyConnections });

    /// <summary>No answer in time. A pooler may have lent all its sessions to lanes of this run.</summary>
    public static bool IsKeptWaiting(Exception e) => IsOrHolds(e, one => one switch
    {
        // pgbouncer's message.
        PostgresException server => server.MessageText.Contains("query_wait_timeout", StringComparison.Ordinal),
        NpgsqlException => one.InnerException is TimeoutException,
        _ => one is TimeoutException,
    });

    /// <summary>
    /// The options sent with the login were refused: by a pooler (as a protocol violation, or as an unsupported feature), or by a server
    /// that does not know a setting.
    /// </summary>
    public static bool RefusesOptions(Exception e) => IsUnknownSetting(e) || IsOrHolds(e, one => one is PostgresException
    {
        SqlState: PostgresErrorCodes.ProtocolViolation or PostgresErrorCodes.FeatureNotSupported,
    });

    /// <summary>The server is older than the one that a setting was chosen for.</summary>
    public static bool IsUnknownSetting(Exception e) =>
        IsOrHolds(e, one => one is PostgresException { SqlState: PostgresErrorCodes.UndefinedObject });

    /// <summary>The server exists, but is starting, recovering or stopping.</summary>
    public static bool IsStarting(Exception e) =>
        IsOrHolds(e, one => one is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow });

    /// <summary>
    /// The server is being restarted or failed over, and may be back soon. A wrong password or a missing database does not count.
    /// </summary>
    public static bool IsAway(Exception e) => IsOrHolds(e, one => one switch
    {
        PostgresException => IsLostConnection(one),
        NpgsqlException => one.InnerException is SocketException or IOException or TimeoutException || IsNoPrimary(one),
        SocketException or IOException or TimeoutException => true,
        _ => false,
    });

    /// <summary>None of the reachable hosts, of several, accepts writes.</summary>
    public static bool IsNoPrimary(Exception e) =>
        e is NpgsqlException && e.Message.StartsWith("No suitable host", StringComparison.Ordinal);

    /// <summary>With several hosts, each one fails with its own error.</summary>
    private static bool IsOrHolds(Exception e, Func<Exception, bool> matches) =>
        matches(e) || e is NpgsqlException { InnerException: AggregateException several } && several.InnerExceptions.Any(matches);

    /// <summary>A sentence for people, without a stack trace. It holds nothing that the module itself could not see.</summary>
    public static string Describe(Exception e)
    {
        var text = FailureText.Of(() => WithoutDetail(CopiedPaths.Translate(Text(e)), e), e).TrimEnd();
        return text.EndsWith('.') || text.EndsWith('!') || text.EndsWith('?') ? text : $"{text}.";
    }

    /// <summary>With --verbose, Npgsql's messages include the server's DETAIL, which is data. Outer exceptions may repeat them.</summary>
    private static string WithoutDetail(string text, Exception e) => OfServer(e)?.Detail is { Length: > 0 } detail
        ? text.Replace($"DETAIL: {detail}", "", StringComparison.Ordinal).TrimEnd() : text;

    private static string Text(Exception e) => e switch
    {
        PostgresException server => $"{server.MessageText} (SQLSTATE {server.SqlState})" +
            (server.Hint is { Length: > 0 } hint ? $". Hint: {hint}" : ""),
        NpgsqlException { InnerException: EndOfStreamException } => "The server ended the connection",
        NpgsqlException { InnerException: { } inner } outer when outer.Message.Contains(inner.Message, StringComparison.Ordinal) =>
            outer.Message,
        NpgsqlException { InnerException: { } inner } outer => $"{outer.Message.TrimEnd('.')}: {Describe(inner)}",
        AggregateException { InnerExceptions: [var only] } => Describe(only),
        NpgsqlException or SocketException or UpgradeException => e.Message,
        _ => $"{e.GetType().Name}: {e.Message}",
    };
}
