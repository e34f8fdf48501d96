using Microsoft.Extensions.Logging;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>
/// Opens connections. Not pooled by Npgsql's own measure, which keeps a pool for each of ten thousand databases: what is kept is kept by
/// <see cref="ConnectionSlot"/>.
/// </summary>
public static class Connections
{
    /// <summary>For a lane: the module's code runs on it. A server that is away is waited for.</summary>
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
    /// One more for a step, whose lane has its own: in the target's schema, with what a step needs. What it waits for in the server has an
    /// end: it may be a lock of the step itself.
    /// </summary>
    /// <param name="configure">Maps types; null: nothing.</param>
    /// <returns>With the server's process.</returns>
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

    /// <summary>Where lanes have their connection from, one after another: never more than one at a time.</summary>
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
    /// Mappings for the whole process are a module's that ran before: a step must not depend on whether one did in this process.
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
    /// For our own reading: of types that every server has, so the round trip that loads the others is saved; and of no geometric, range or
    /// such types, nor of arrays, whose converters take a tenth of a short command's time to prepare. A run that has begun waits for a
    /// first answer too: a pooler lets everybody log in, and those whom it has no session for wait with their first question.
    /// </summary>
    public static Task<NpgsqlConnection> OpenForReadingAsync(
        string database, ConnectionSettings settings, WaitFor what, CancellationToken cancellationToken, int held = 0) =>
        settings.Servers.OpenAsync(
            database, what, token => SessionStart.OpenAsync(
                database, () => ReadingAddress(database, settings), ReadingSource, settings,
                what == WaitFor.Return ? SessionUse.Working : SessionUse.Looking, token),
            cancellationToken, held);

    /// <summary>
    /// As the other, and failing at the first failure. Whoever gives up a question on it waits for nothing more, and can ask no other.
    /// </summary>
    public static Task<NpgsqlConnection> TryOpenForReadingAsync(
        string database, ConnectionSettings settings, CancellationToken cancellationToken) => SessionStart.OpenAsync(
            database, () => ReadingAddress(database, settings, cancellationTimeout: -1), ReadingSource, settings,
            SessionUse.Looking, cancellationToken);

    private static NpgsqlConnectionStringBuilder ReadingAddress(
        string database, ConnectionSettings settings, int? cancellationTimeout = null)
    {
        var ours = Address(database, settings);
        // A host that only reads has nobody to wait for so long: the connection is dead.
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
            // Which statement of a batch failed tells a refused COMMIT from a refused seal.
            IncludeFailedBatchedCommand = true,
        };
        // Npgsql's own keepalive does not see a statement under way, and the system would wait two hours. Unix sockets know neither.
        if (builder.Host?.Contains('/') is true) return builder;
        builder.TcpKeepAliveTime = Sql.Seconds(settings.KeepAlive);
        builder.TcpKeepAliveInterval = Math.Max(1, Sql.Seconds(settings.KeepAlive) / 3);
        return builder;
    }

    private static bool HasSeveralHosts(NpgsqlConnectionStringBuilder builder) => builder.Host!.Contains(',');

    private static NpgsqlDataSource PrimaryOf(NpgsqlMultiHostDataSource hosts) => hosts.WithTargetSession(TargetSessionAttributes.Primary);

    /// <summary>Once, as it comes.</summary>
    internal static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        // An unpooled source holds nothing once the connection is made; the connection outlives it.
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
    /// What every step begins with, whatever the module before it left in the session. The role is the one that the session began with:
    /// connection strings may set it.
    /// </summary>
    public static IReadOnlyList<string> ResetSql { get; } =
        ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"];

    /// <summary>
    /// What a step needs, whatever the role's or the database's defaults say, as calls in one SELECT. No time limit of the server's own
    /// for statements; a host that freezes in a transaction loses it after an hour; a statement whose host died ends within a second
    /// (PostgreSQL 14 and later).
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

    /// <summary>Both, where there is no step's transaction.</summary>
    public static IReadOnlyList<string> SessionSql(Version server, ConnectionSettings settings) =>
        [.. ResetSql, $"SELECT {SettingsSql(server, settings)}"];
}
