using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>Why a target cannot be reached: KU-31xx, and other codes for causes that have their own.</summary>
public static class ConnectionProblem
{
    public static Problem Of(Target target, Exception e) => e switch
    {
        _ when IsOfSettings(e) =>
            new("KU-1013", $"{target}", $"Its connection settings cannot be used: {e.Message.ReplaceLineEndings(" ")}",
                "Correct its Database in the settings, the PG... variables, or the files that they name; then run the same command."),
        PostgresException
        {
            SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification,
        } refused =>
            new("KU-3102", $"{target}", $"{Place(target)} refuses the login: {refused.MessageText}.",
                "Set the password with PGPASSFILE or PGPASSWORD, or correct the user name; then run the same command."),
        UnsafeSearchPathException hidden =>
            new("KU-3013", $"{target}", $"{Place(target)} is behind a pooler that does not pass on session settings, "
                + $"and the database's search_path ({hidden.Path}) puts other objects before PostgreSQL's own.",
                "Connect to the server itself; or put pg_catalog first in the path, or remove the path: "
                + $"ALTER DATABASE {PostgresName.Quote(target.DatabaseName)} RESET search_path"),
        NpgsqlException and not PostgresException when e.Message.Contains("password", StringComparison.OrdinalIgnoreCase) =>
            new("KU-3102", $"{target}", $"{Place(target)} asks for a password, but none was given.",
                "Set the password with PGPASSFILE or PGPASSWORD; then run the same command."),
        NpgsqlException when SqlErrors.IsNoPrimary(e) =>
            new("KU-3012", $"{target}", $"None of the servers {target.Server} accepts writes: each server that answers is a standby.",
                "Add the primary server to the settings; then run the same command."),
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } full =>
            new("KU-3103", $"{target}", $"{Place(target)} accepts no more connections: {full.MessageText}.",
                "Lower Run:PerServer, or raise the limit of the server or the role; then run the same command."),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } denied =>
            new("KU-3104", $"{target}", $"{Place(target)} does not let this role read what krang-upgrade needs: {denied.MessageText}.",
                "Grant the missing rights to the role, or make it the schema's owner. Then run the same command."),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            new("KU-3001", $"{target}", $"The database {target.DatabaseName} no longer exists on the server {target.Server}.",
                "Restore the database or correct the settings; then run the same command."),
        PostgresException server =>
            new("KU-3105", $"{target}", $"{Place(target)} answers: {SqlErrors.Describe(server)}",
                "Fix the cause, then run the same command."),
        _ => new("KU-3101", $"{target}", $"{Place(target)} cannot be reached: {SqlErrors.Describe(e)}",
            target.Scope == Scope.Instance ? "Start the server or correct the settings; then run the same command."
                : "Start the server or correct Installation:Database; then run the same command."),
    };

    /// <summary>
    /// For failures on an open connection: the settings were good, even if the driver throws what it throws for bad ones.
    /// </summary>
    public static Problem WhileReading(Target target, Exception e) => !IsOne(e) && IsOfSettings(e)
        ? new("KU-3105", $"{target}", $"{Place(target)} answers: {FailureText.NameAndMessage(e)}",
            "Fix the cause, then run the same command.")
        : Of(target, e);

    /// <summary>For commands with <c>--skip-unreachable</c>: an unreachable instance refuses the command, or is left out.</summary>
    public static Problem Skippable(Target target, Problem unreachable, bool skip) =>
        target.Scope == Scope.Installation ? unreachable
        : skip ? unreachable with { Severity = Severity.Warning, Remedy = "This instance was skipped." }
        : unreachable with
        {
            Remedy = $"{unreachable.Remedy.Replace("; then run the same command.", "", StringComparison.Ordinal).TrimEnd('.')}; " +
                "or skip the instance: --skip-unreachable",
        };

    /// <summary>Whether the exception means that the server failed or could not be reached.</summary>
    public static bool IsOne(Exception e) =>
        e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException or IOException;

    /// <summary>Exceptions of Npgsql before it contacts a server: options that exclude each other, certificates, password files.</summary>
    public static bool IsOfSettings(Exception e) => e is NotSupportedException or UnauthorizedAccessException or FormatException
        or ArgumentException or System.Security.Cryptography.CryptographicException
        or System.Security.Authentication.AuthenticationException
        or FileNotFoundException or DirectoryNotFoundException;

    private static string Place(Target target) => $"The server {target.Server} (database {target.DatabaseName})";
}
