using System.Net.Sockets;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>What a failure of the server or of the way to it means.</summary>
public static class SqlErrors
{
    /// <summary>Another try of the whole step may succeed: nothing of it was kept.</summary>
    public static bool IsRetryable(Exception e) => OfServer(e) is
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable,
    } || IsCatalogueRace(e);

    /// <summary>
    /// Two sessions changed the same row of the system catalogues: GRANT on one table, CREATE ... IF NOT EXISTS of one name, DROP of one
    /// object. PostgreSQL does not order these; the one that came second fails and may simply try again.
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

    /// <summary>A statement that allows for what it was refused for: only a race brings that about.</summary>
    private static bool IsGuarded(PostgresException e) =>
        $"{e.BatchCommand?.CommandText} {e.InternalQuery} {e.Where}" is var text
        && Guards.Any(guard => text.Contains(guard, StringComparison.OrdinalIgnoreCase));

    private static readonly string[] Guards = ["IF NOT EXISTS", "IF EXISTS", "OR REPLACE"];

    /// <summary>The server's own error, also where a library of the module has wrapped it; null where the server said nothing.</summary>
    public static PostgresException? OfServer(Exception e)
    {
        // A chain that someone has made a ring of ends too.
        var at = e;
        for (var depth = 0; at is not null && depth < 20; depth++)
        {
            if (at is PostgresException server) return server;
            at = at is AggregateException { InnerExceptions: [var first, ..] } ? first : at.InnerException;
        }
        return null;
    }

    /// <summary>
    /// The server refused a statement, and its transaction with it: what was asked did not happen. Npgsql closes the connection after some
    /// of these (classes 53, 58 and XX), which loses nothing of the answer.
    /// </summary>
    public static bool IsRefusal(Exception e) => OfServer(e) is { } server && !IsEndOfSession(server);

    /// <summary>The server ended the session with this: what was asked last, a COMMIT for one, may have happened.</summary>
    public static bool IsEndOfSession(PostgresException e) =>
        (e.InvariantSeverity is { Length: > 0 } severity ? severity : e.Severity) is "FATAL" or "PANIC"
        || e.SqlState.StartsWith("08", StringComparison.Ordinal);

    /// <summary>The session is gone, and with it the answer: whether what was asked last took place must be looked up.</summary>
    public static bool IsLostConnection(Exception e) => e switch
    {
        PostgresException server => server.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or "25P03" or "25P04" or "57P05"
            || server.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };

    /// <summary>The SQLSTATE of what the server said, wherever in the exception that is; null where it said nothing.</summary>
    public static string? StateOf(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
            if (e is PostgresException server) return server.SqlState;
            else if (e is ToldException told) return told.SqlState;
        return null;
    }

    /// <summary>Class 53: no room, no memory, too many connections.</summary>
    public static bool LacksResources(PostgresException e) => e.SqlState.StartsWith("53", StringComparison.Ordinal);

    /// <summary>No place is free for one more connection: the server's, the database's or the role's limit.</summary>
    public static bool IsFull(Exception e) =>
        IsOrHolds(e, one => one is PostgresException { SqlState: PostgresErrorCodes.TooManyConnections });

    /// <summary>No answer in time. It may be a pooler that has lent all its sessions to lanes of this run.</summary>
    public static bool IsKeptWaiting(Exception e) => IsOrHolds(e, one => one switch
    {
        // pgbouncer's word for it.
        PostgresException server => server.MessageText.Contains("query_wait_timeout", StringComparison.Ordinal),
        NpgsqlException => one.InnerException is TimeoutException,
        _ => one is TimeoutException,
    });

    /// <summary>
    /// What was said with the login is not taken: by a pooler (a protocol violation, or a feature that it has not), or by a server that
    /// does not know a setting.
    /// </summary>
    public static bool RefusesOptions(Exception e) => IsUnknownSetting(e) || IsOrHolds(e, one => one is PostgresException
    {
        SqlState: PostgresErrorCodes.ProtocolViolation or PostgresErrorCodes.FeatureNotSupported,
    });

    /// <summary>A server older than the one that a setting was chosen for.</summary>
    public static bool IsUnknownSetting(Exception e) =>
        IsOrHolds(e, one => one is PostgresException { SqlState: PostgresErrorCodes.UndefinedObject });

    /// <summary>The server is there, and starts, recovers or stops.</summary>
    public static bool IsStarting(Exception e) =>
        IsOrHolds(e, one => one is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow });

    /// <summary>
    /// What connecting to a server answers that is being started again, or failed over: it may be back soon. Not a wrong password, nor a
    /// database that does not exist.
    /// </summary>
    public static bool IsAway(Exception e) => IsOrHolds(e, one => one switch
    {
        PostgresException => IsLostConnection(one),
        NpgsqlException => one.InnerException is SocketException or IOException or TimeoutException || IsNoPrimary(one),
        SocketException or IOException or TimeoutException => true,
        _ => false,
    });

    /// <summary>Of several hosts, those that could be reached take no writes.</summary>
    public static bool IsNoPrimary(Exception e) =>
        e is NpgsqlException && e.Message.StartsWith("No suitable host", StringComparison.Ordinal);

    /// <summary>Of several hosts, each has failed in its way.</summary>
    private static bool IsOrHolds(Exception e, Func<Exception, bool> matches) =>
        matches(e) || e is NpgsqlException { InnerException: AggregateException several } && several.InnerExceptions.Any(matches);

    /// <summary>A sentence for people, without stack trace and without anything that was not already told to the module.</summary>
    public static string Describe(Exception e)
    {
        var text = FailureText.Of(() => WithoutDetail(CopiedPaths.Translate(Text(e)), e), e).TrimEnd();
        return text.EndsWith('.') || text.EndsWith('!') || text.EndsWith('?') ? text : $"{text}.";
    }

    /// <summary>With --verbose Npgsql's messages hold the server's DETAIL, which is data. Exceptions around it may repeat them.</summary>
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
