namespace PluginUpgrade.Postgres;

/// <summary>
/// What a session of ours is like from its first moment, whatever role, database and server say. Sent with the login, where it costs
/// nothing, and goes before ALTER ROLE and ALTER DATABASE; RESET ALL and DISCARD ALL come back to it.
/// </summary>
internal static class SessionOptions
{
    /// <summary>
    /// PostgreSQL's own objects alone: whoever owns a database could otherwise lay a function of his own in front of one that we call.
    /// </summary>
    public const string SearchPath = "pg_catalog,pg_temp";

    /// <param name="isReading">No module's code runs in it: what changes how values are written and read is fixed too.</param>
    /// <param name="server">Null: not known yet, and what only newer servers know is left out.</param>
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
    /// The same for a session that is to be a lane's later, whose own settings those are not. Nothing is set in a session that is not
    /// the connection's own.
    /// </summary>
    /// <param name="process">A parameter, an integer: the server's process, as the connection was told at its login.</param>
    /// <returns>Whether it was done.</returns>
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

    /// <summary>For the login: <c>-c NAME=VALUE</c>, blanks and backslashes escaped.</summary>
    public static string AtLogin(IEnumerable<(string Name, string Value)> options) =>
        string.Join(' ', options.Select(option => $"-c {option.Name}={option.Value.Replace(" ", "\\ ", StringComparison.Ordinal)}"));

    /// <summary>As calls in one SELECT, for a session that has begun.</summary>
    public static string Calls(IEnumerable<(string Name, string Value)> options) =>
        string.Join(", ", options.Select(option => $"pg_catalog.set_config('{option.Name}', '{option.Value}', false)"));
}
