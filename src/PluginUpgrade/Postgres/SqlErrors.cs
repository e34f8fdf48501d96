using System.Net.Sockets;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>What a failure of the server or of the way to it means.</summary>
public static class SqlErrors
{
    /// <summary>Another try of the whole step may succeed: nothing of it was kept.</summary>
    public static bool IsRetryable(Exception e) => e is PostgresException
    {
        SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.LockNotAvailable,
    };

    /// <summary>The session is gone, and with it the answer: whether what was asked last took place must be looked up.</summary>
    public static bool IsLostConnection(Exception e) => e switch
    {
        PostgresException server => server.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow or "25P03" or "25P04" or "57P05"
            || server.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException or SocketException or IOException or TimeoutException or ObjectDisposedException => true,
        _ => false,
    };

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
        var text = CopiedPaths.Translate(Text(e)).TrimEnd();
        return text.EndsWith('.') || text.EndsWith('!') || text.EndsWith('?') ? text : $"{text}.";
    }

    private static string Text(Exception e) => e switch
    {
        PostgresException server => $"{server.MessageText} (SQLSTATE {server.SqlState})" +
            (server.Hint is { Length: > 0 } hint ? $". Hint: {hint}" : ""),
        NpgsqlException { InnerException: { } inner } outer => $"{outer.Message} {Describe(inner)}",
        AggregateException { InnerExceptions: [var only] } => Describe(only),
        NpgsqlException or SocketException or UpgradeException => e.Message,
        _ => $"{e.GetType().Name}: {e.Message}",
    };
}
