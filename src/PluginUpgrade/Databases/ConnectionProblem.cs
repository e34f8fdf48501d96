using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Databases;

/// <summary>Why a target cannot be reached: KU-31xx.</summary>
public static class ConnectionProblem
{
    public static Problem Of(Target target, Exception e) => e switch
    {
        _ when IsOfSettings(e) =>
            new("KU-1013", $"{target}", $"Its connection settings cannot be used: {e.Message.ReplaceLineEndings(" ")}",
                "Correct its Database in the settings, the variables PG..., or the files that they name; then run the same command."),
        PostgresException
        {
            SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification,
        } refused =>
            new("KU-3102", $"{target}", $"{Place(target)} refuses the login: {refused.MessageText}.",
                "Give the password through PGPASSFILE or PGPASSWORD, or correct the user's name; then run the same command."),
        UnsafeSearchPathException hidden =>
            new("KU-3013", $"{target}", $"{Place(target)} is reached through a pooler that does not pass on what a session is "
                + $"to begin with, and the database's search_path ({hidden.Path}) lets other objects go before PostgreSQL's own.",
                "Name the server itself in the settings; or have the path say pg_catalog first, or not at all: "
                + $"ALTER DATABASE {PostgresName.Quote(target.DatabaseName)} RESET search_path"),
        NpgsqlException and not PostgresException when e.Message.Contains("password", StringComparison.OrdinalIgnoreCase) =>
            new("KU-3102", $"{target}", $"{Place(target)} asks for a password, and none was given.",
                "Give the password through PGPASSFILE or PGPASSWORD; then run the same command."),
        NpgsqlException when SqlErrors.IsNoPrimary(e) =>
            new("KU-3012", $"{target}", $"None of the servers {target.Server} takes writes: each that answers is a standby.",
                "Name the primary server too; then run the same command."),
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } full =>
            new("KU-3103", $"{target}", $"{Place(target)} takes no more connections: {full.MessageText}.",
                "Lower Run:PerServer, or raise the server's or the role's limit; then run the same command."),
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } denied =>
            new("KU-3104", $"{target}", $"{Place(target)} does not let this role read what is needed: {denied.MessageText}.",
                "Grant the role what it lacks; best it owns the schema. Then run the same command."),
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            new("KU-3001", $"{target}", $"There is no database {target.DatabaseName} on the server {target.Server} any more.",
                "Restore it or correct the settings; then run the same command."),
        PostgresException server =>
            new("KU-3105", $"{target}", $"{Place(target)} answers: {SqlErrors.Describe(server)}",
                "Deal with the cause, then run the same command."),
        _ => new("KU-3101", $"{target}", $"{Place(target)} cannot be reached: {SqlErrors.Describe(e)}",
            target.Scope == Scope.Instance
                ? "Start the server or correct the settings; or go on without it: --skip-unreachable."
                : "Start the server or correct Installation:Database; then run the same command."),
    };

    /// <summary>Whether it is about the server or the way to it.</summary>
    public static bool IsOne(Exception e) =>
        e is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException or IOException;

    /// <summary>What Npgsql throws before it speaks to a server: options that do not go together, certificates, password files.</summary>
    public static bool IsOfSettings(Exception e) => e is NotSupportedException or UnauthorizedAccessException or FormatException
        or ArgumentException or System.Security.Cryptography.CryptographicException
        or System.Security.Authentication.AuthenticationException
        or FileNotFoundException or DirectoryNotFoundException;

    private static string Place(Target target) => $"The server {target.Server} (database {target.DatabaseName})";
}
