namespace PluginUpgrade.Postgres;

/// <summary>
/// The settings of krang-upgrade's sessions from their first moment, whatever role, database and server configure. They are sent with the
/// login, where they cost nothing, and override ALTER ROLE and ALTER DATABASE; RESET ALL and DISCARD ALL return to them.
/// </summary>
internal static class SessionOptions
{
    /// <summary>
    /// Only PostgreSQL's own objects: the owner of a database could otherwise place a function before one that krang-upgrade calls.
    /// </summary>
    public const string SearchPath = "pg_catalog,pg_temp";

    /// <param name="isReading">
    /// No module's code runs in the session: settings that change how values are written and read are fixed too.
    /// </param>
    /// <param name="server">Null if unknown: settings that only newer servers know are left out.</param>
    public static IReadOnlyList<(string Name, string Value)> Of(ConnectionSettings settings, bool isReading, Version? server)
    {
        List<(string, string)> options =
        [
            ("search_path", SearchPath),
            ("statement_timeout", "0"),
            ("lock_timeout", $"{(long)settings.LockTimeout.TotalMilliseconds}"),
            ("idle_in_transaction_session_timeout", "3600000"),
            ("default_transaction_isolation", "read committed"),
            ("default_transaction_deferrable", "off"),
            ("exit_on_error", "off"),
        ];
        if (server?.Major >= 14) options.Add(("idle_session_timeout", "0"));
        if (server?.Major >= 17) options.Add(("transaction_timeout", "0"));
        return isReading ? [.. options, .. Reading] : options;
    }

    /// <summary>
    /// The settings for reading, in a session that a lane will use later without them. Sets nothing if the session is not the connection's
    /// own.
    /// </summary>
    /// <param name="process">An integer parameter: the backend's process id, as the connection received it at login.</param>
    /// <returns>Whether they were set.</returns>
    public static string ForReading(string process) => $"""
        SELECT CASE WHEN pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) {process}
               THEN pg_catalog.num_nulls({Calls(Reading)}) OPERATOR(pg_catalog.=) 0 ELSE false END
        """;

    private static readonly (string, string)[] Reading =
    [
        ("standard_conforming_strings", "on"), ("DateStyle", "ISO"), ("IntervalStyle", "postgres"), ("bytea_output", "hex"),
        ("extra_float_digits", "1"), ("quote_all_identifiers", "off"), ("array_nulls", "on"), ("row_security", "on"),
        ("client_min_messages", "warning"),
    ];

    /// <summary>For the login: <c>-c NAME=VALUE</c>, blanks escaped.</summary>
    public static string AtLogin(IEnumerable<(string Name, string Value)> options) =>
        string.Join(' ', options.Select(option => $"-c {option.Name}={option.Value.Replace(" ", "\\ ", StringComparison.Ordinal)}"));

    /// <summary>As calls in one SELECT, for a session that exists.</summary>
    public static string Calls(IEnumerable<(string Name, string Value)> options) =>
        string.Join(", ", options.Select(option => $"pg_catalog.set_config('{option.Name}', '{option.Value}', false)"));
}
