using Microsoft.Extensions.Logging;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>
/// Opens connections without Npgsql's own pooling, which would keep a pool for each of ten thousand databases. Connections that are reused
/// are kept by <see cref="ConnectionSlot"/>.
/// </summary>
public static class Connections
{
    /// <summary>Opens a connection for a lane: modules' code runs on it. Waits for a server that is away.</summary>
    public static Task<NpgsqlConnection> OpenAsync(
        string database, ConnectionSettings settings, ILoggerFactory? statements, CancellationToken cancellationToken)
    {
        return settings.Servers.OpenAsync(
            database, WaitFor.Return, token => SessionStart.OpenAsync(
                database, () => Address(database, settings), Source, settings, SessionUse.Steps, token),
            cancellationToken);

        NpgsqlDataSource Source(string connectionString)
        {
            var source = Builder(connectionString);
            if (statements is not null) source.UseLoggerFactory(statements);
            return Built(source);
        }
    }

    /// <summary>
    /// Opens a further connection for a step, beside its lane's: in the target's schema, with the settings that a step needs. Waits for
    /// locks are limited on it, because the lock may be the step's own.
    /// </summary>
    /// <param name="configure">Maps types; null for no mapping.</param>
    /// <returns>The connection, and the process id of its backend.</returns>
    internal static async Task<(NpgsqlConnection Connection, int Process)> OpenBesideAsync(
        string database, ConnectionSettings settings, string searchPath, bool readOnly, Action<NpgsqlDataSourceBuilder>? configure,
        CancellationToken cancellationToken)
    {
        var process = 0;
        var connection = await settings.Servers.OpenAsync(database, WaitFor.Return, ConnectAsync, cancellationToken, held: 1);
        return (connection, process);

        async Task<NpgsqlConnection> ConnectAsync(CancellationToken token)
        {
            var made = await SessionStart.OpenAsync(
                database, () => Address(database, settings), Source, settings, SessionUse.Steps, token);
            try
            {
                await using var prepare = new NpgsqlCommand($"""
                    SELECT pg_catalog.pg_backend_pid(), pg_catalog.set_config('search_path', $1, false),
                           pg_catalog.set_config('default_transaction_read_only', $2, false),
                           {SettingsSql(made.PostgreSqlVersion, settings)}
                    """, made)
                {
                    Parameters = { new() { Value = searchPath }, new() { Value = readOnly ? "on" : "off" } },
                    CommandTimeout = Sql.Seconds(settings.AnswerTimeout),
                };
                process = (int)(await prepare.ExecuteScalarAsync(token))!;
                return made;
            }
            catch
            {
                await made.DisposeAsync();
                throw;
            }
        }

        NpgsqlDataSource Source(string connectionString)
        {
            var source = Builder(connectionString);
            configure?.Invoke(source);
            return Built(source);
        }
    }

    /// <summary>The source of a slot's connections, which lanes use one after another: never more than one at a time.</summary>
    internal static (SessionStart Start, NpgsqlDataSource Source) SourceOfOne(string database, ConnectionSettings settings)
    {
        var start = SessionStart.Of(Address(database, settings), settings, SessionUse.Steps);
        return (start, Built(Builder(new NpgsqlConnectionStringBuilder(start.ConnectionString)
        {
            Pooling = true,
            MinPoolSize = 0,
            MaxPoolSize = 1,
            NoResetOnClose = false,
        }.ConnectionString)));
    }

    /// <summary>
    /// Resets the type mappings of the whole process, which an earlier module may have set: a step must not depend on which modules ran in
    /// this process before.
    /// </summary>
    private static NpgsqlDataSourceBuilder Builder(string connectionString)
    {
#pragma warning disable CS0618 // Obsolete: modules can call it all the same.
        NpgsqlConnection.GlobalTypeMapper.Reset();
#pragma warning restore CS0618
        return new NpgsqlDataSourceBuilder(connectionString);
    }

    private static NpgsqlDataSource Built(NpgsqlDataSourceBuilder source) =>
        HasSeveralHosts(source.ConnectionStringBuilder) ? PrimaryOf(source.BuildMultiHost()) : source.Build();

    /// <summary>
    /// Opens a connection for krang-upgrade's own reading. It knows only types that every server has, which saves the round trip that loads
    /// the others, and no array, range, geometric or similar types, whose converters take a tenth of a short command's time to prepare. In
    /// a run (<see cref="WaitFor.Return"/>) it counts as open once it has answered: a pooler accepts every login, and a client without a
    /// session waits at its first query.
    /// </summary>
    public static Task<NpgsqlConnection> OpenForReadingAsync(
        string database, ConnectionSettings settings, WaitFor what, CancellationToken cancellationToken, int held = 0) =>
        settings.Servers.OpenAsync(
            database, what, token => SessionStart.OpenAsync(
                database, () => ReadingAddress(database, settings), ReadingSource, settings,
                what == WaitFor.Return ? SessionUse.Working : SessionUse.Looking, token),
            cancellationToken, held);

    /// <summary>
    /// The same without waiting: throws at the first failure. Cancelling a query on it returns at once and breaks the connection.
    /// </summary>
    public static Task<NpgsqlConnection> TryOpenForReadingAsync(
        string database, ConnectionSettings settings, CancellationToken cancellationToken) => SessionStart.OpenAsync(
            database, () => ReadingAddress(database, settings, cancellationTimeout: -1), ReadingSource, settings,
            SessionUse.Looking, cancellationToken);

    private static NpgsqlConnectionStringBuilder ReadingAddress(
        string database, ConnectionSettings settings, int? cancellationTimeout = null)
    {
        var ours = Address(database, settings);
        // No read takes this long: the connection is dead.
        ours.CommandTimeout = 2 * Sql.Seconds(settings.AnswerTimeout);
        if (cancellationTimeout is not null) ours.CancellationTimeout = cancellationTimeout.Value;
        return ours;
    }

    private static NpgsqlDataSource ReadingSource(string connectionString)
    {
        var source = new NpgsqlSlimDataSourceBuilder(connectionString)
            .EnableTransportSecurity().EnableIntegratedSecurity().ConfigureTypeLoading(o => o.EnableTypeLoading(false));
        return HasSeveralHosts(source.ConnectionStringBuilder) ? PrimaryOf(source.BuildMultiHost()) : source.Build();
    }

    private static NpgsqlConnectionStringBuilder Address(string database, ConnectionSettings settings)
    {
        var builder = new NpgsqlConnectionStringBuilder(database)
        {
            ApplicationName = settings.ApplicationName,
            Pooling = false,
            CommandTimeout = 0,
            CancellationTimeout = (int)Math.Clamp(settings.KeepAlive.TotalMilliseconds, 1000, 10_000),
            Timeout = (int)Math.Clamp(settings.ConnectTimeout.TotalSeconds, 1, 1024),
            KeepAlive = Sql.Seconds(settings.KeepAlive),
            TcpKeepAlive = true,
            MaxAutoPrepare = 0,
            PersistSecurityInfo = false,
            IncludeErrorDetail = settings.ErrorDetail,
            LogParameters = false,
            // Distinguishes a refused COMMIT from a refused seal, which are sent in one batch.
            IncludeFailedBatchedCommand = true,
        };
        // Npgsql's own keepalive does not work while a statement runs, and the system's waits two hours. Unix sockets have neither.
        if (builder.Host?.Contains('/') is true) return builder;
        builder.TcpKeepAliveTime = Sql.Seconds(settings.KeepAlive);
        builder.TcpKeepAliveInterval = Math.Max(1, Sql.Seconds(settings.KeepAlive) / 3);
        return builder;
    }

    private static bool HasSeveralHosts(NpgsqlConnectionStringBuilder builder) => builder.Host!.Contains(',');

    private static NpgsqlDataSource PrimaryOf(NpgsqlMultiHostDataSource hosts) => hosts.WithTargetSession(TargetSessionAttributes.Primary);

    /// <summary>Tries once.</summary>
    internal static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        // An unpooled source holds nothing after the connection is made, so the connection may outlive it.
        var connection = source.CreateConnection();
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Every step begins with these, whatever the module before it left in the session. RESET ROLE returns to the role that the session
    /// began with, which connection strings may set.
    /// </summary>
    public static IReadOnlyList<string> ResetSql { get; } =
        ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"];

    /// <summary>
    /// The settings that a step needs, as calls in one SELECT; they override the defaults of roles and databases. Statements have no time
    /// limit in the server. A session whose client freezes in a transaction ends after an hour. A statement whose client died ends within a
    /// second (PostgreSQL 14 and later).
    /// </summary>
    public static string SettingsSql(Version server, ConnectionSettings settings)
    {
        List<(string Name, string Value)> values =
        [
            ("lock_timeout", $"{(long)settings.LockTimeout.TotalMilliseconds}"), ("statement_timeout", "0"),
            ("idle_in_transaction_session_timeout", "1h"), ("client_min_messages", "notice"),
        ];
        if (server.Major >= 14) values.Add(("idle_session_timeout", "0"));
        if (server.Major >= 14 && OperatingSystem.IsLinux()) values.Add(("client_connection_check_interval", "1s"));
        if (server.Major >= 17) values.Add(("transaction_timeout", "0"));
        var calls = string.Join(", ", values.Select(value => $"pg_catalog.set_config('{value.Name}', '{value.Value}', false)"));
        SeededFault.Change("settings of a session", ref calls);
        return calls;
    }

    /// <summary>Both, for sessions outside a step's transaction.</summary>
    public static IReadOnlyList<string> SessionSql(Version server, ConnectionSettings settings) =>
        [.. ResetSql, $"SELECT {SettingsSql(server, settings)}"];
}
