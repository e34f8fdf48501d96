using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>What a session is for.</summary>
internal enum SessionUse
{
    /// <summary>Reading before anything is decided. A pooler may lend the session to other clients too, so it is left unchanged.</summary>
    Looking,

    /// <summary>krang-upgrade's own statements in a run.</summary>
    Working,

    /// <summary>Modules' code in a run.</summary>
    Steps,
}

/// <summary>
/// How one connection is opened so that its session has krang-upgrade's settings from the first moment (<see cref="SessionOptions"/>). They
/// are sent with the login. Where a pooler refuses or drops them, a first statement sets them; the first connection to each address finds
/// out which.
/// </summary>
internal sealed class SessionStart
{
    private readonly ConnectionSettings _settings;
    private readonly SessionUse _use;
    private readonly KnownServer _server;
    private readonly Version? _version;
    private readonly bool _atLogin;
    private readonly bool _isOld;

    private SessionStart(NpgsqlConnectionStringBuilder address, ConnectionSettings settings, SessionUse use)
    {
        (_settings, _use, _server) = (settings, use, settings.Known.Of(address));
        (_version, _atLogin, _isOld) = (_server.Version, !_server.RefusesOptions, _server.IsOld);
        // Neither the environment's encoding nor the search path of the connection string applies to krang-upgrade's sessions.
        (address.ClientEncoding, address.Encoding, address.SearchPath) = ("UTF8", "UTF8", null);
        if (_atLogin)
        {
            var options = SessionOptions.AtLogin(SessionOptions.Of(settings, use != SessionUse.Steps, _version ?? Assumed));
            address.Options = $"{address.Options} {options}".TrimStart();
        }
        ConnectionString = address.ConnectionString;
    }

    public string ConnectionString { get; }

    /// <param name="address">The constructor changes it.</param>
    public static SessionStart Of(NpgsqlConnectionStringBuilder address, ConnectionSettings settings, SessionUse use) =>
        new(address, settings, use);

    /// <summary>Connects in this way or, if the server does not accept it, in the way that it does.</summary>
    /// <param name="addressOf">Makes a new address for each try.</param>
    public static async Task<NpgsqlConnection> OpenAsync(
        string database, Func<NpgsqlConnectionStringBuilder> addressOf, Func<string, NpgsqlDataSource> sourceOf,
        ConnectionSettings settings, SessionUse use, CancellationToken cancellationToken)
    {
        while (true)
        {
            var start = Of(addressOf(), settings, use);
            try
            {
                await start.FindOwnerAsync(token => Connections.OpenAsync(sourceOf(start.ConnectionString), token), cancellationToken);
                var source = sourceOf(start.ConnectionString);
                if (use == SessionUse.Steps) return await start.OpenForStepsAsync(source, database, cancellationToken);
                var connection = await Connections.OpenAsync(source, cancellationToken);
                return await start.CompleteAsync(connection, mustAnswer: use == SessionUse.Working, cancellationToken);
            }
            catch (Exception e) when (start.IsToBeSaidOtherwise(e))
            {
            }
        }
    }

    /// <summary>
    /// Opens a source's first connection. The database's own types must be loaded later, when the session has its settings.
    /// </summary>
    public async Task<(NpgsqlConnection Connection, bool AreTypesRight)> OpenWithServerTypesAsync(
        NpgsqlDataSource source, string database, CancellationToken cancellationToken)
    {
        var types = await _server.TypesAsync(
            () => ServerTypes.ReadAsync(database, _settings, cancellationToken), cancellationToken);
        var (connection, areRight) = await types.OpenAsync(source, cancellationToken);
        if (!areRight) _server.ForgetTypes();
        return (connection, areRight);
    }

    private async Task<NpgsqlConnection> OpenForStepsAsync(
        NpgsqlDataSource source, string database, CancellationToken cancellationToken)
    {
        var (opened, areTypesRight) = await OpenWithServerTypesAsync(source, database, cancellationToken);
        var connection = await CompleteAsync(opened, mustAnswer: false, cancellationToken);
        return await ServerTypes.LearnOwnAsync(connection, areTypesRight, _settings, cancellationToken);
    }

    /// <summary>
    /// Before anything is decided, a session behind a pooler may be one that it lends to others: two connections find out once who owns it.
    /// Their queries are safe under any search path.
    /// </summary>
    private async Task FindOwnerAsync(
        Func<CancellationToken, Task<NpgsqlConnection>> open, CancellationToken cancellationToken)
    {
        if (_atLogin || _use != SessionUse.Looking || _server.Owner is not null) return;
        await using var first = await open(cancellationToken);
        var backend = (int)(await AskAsync(first, "SELECT pg_catalog.pg_backend_pid()", cancellationToken))!;
        _server.Owner = await Pooler.OwnerAsync(first, backend, open, cancellationToken);
    }

    /// <summary>Whether the login failed because of the options sent with it, so that the next try sends fewer.</summary>
    public bool IsToBeSaidOtherwise(Exception e)
    {
        if (e is NotPassedOnException) return true;
        if (!_atLogin || !SqlErrors.RefusesOptions(e)) return false;
        if (!SqlErrors.IsUnknownSetting(e)) _server.RefusesOptions = true;
        // An older server has taken over the address: it does not know all settings of the one before.
        else if (_version is not null) _server.Version = null;
        else if (!_isOld) _server.IsOld = true;
        else return false;
        return true;
    }

    /// <summary>
    /// The version assumed before the first connection. Settings that most servers know are sent at once: an idle session may be ended
    /// before its first statement.
    /// </summary>
    private Version? Assumed => _isOld ? null : new Version(14, 0);

    /// <summary>Sets what could not be sent with the login. Call it once for a new session; it closes the connection if it fails.</summary>
    /// <param name="mustAnswer">Whether a first answer is awaited: a pooler accepts every login.</param>
    /// <exception cref="UnsafeSearchPathException">Foreign objects would be called before krang-upgrade's settings take effect.</exception>
    public async Task<NpgsqlConnection> CompleteAsync(
        NpgsqlConnection connection, bool mustAnswer, CancellationToken cancellationToken)
    {
        try
        {
            if (_atLogin && _version is null) await FindOutAsync(connection, cancellationToken);
            else if (SaysAfterLogin) await SayAsync(connection, cancellationToken);
            else if (mustAnswer) await AskAsync(connection, "SELECT 1", cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether each new session must get its settings after the login.</summary>
    public bool SaysAfterLogin => !_atLogin;

    /// <summary>For the first connection to an address.</summary>
    /// <exception cref="NotPassedOnException">A pooler dropped the options of the login.</exception>
    private async Task FindOutAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var version = connection.PostgreSqlVersion;
        // Safe under any search path: every name is qualified with PostgreSQL's own schema.
        var path = await AskAsync(connection, $"""
            SELECT pg_catalog.current_setting('search_path'),
                   CASE WHEN pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.=) '{SessionOptions.SearchPath}'
                   THEN pg_catalog.num_nulls({Calls(version)}) END
            """, cancellationToken);
        _server.Version = version;
        if (path is SessionOptions.SearchPath) return;
        _server.RefusesOptions = true;
        throw new NotPassedOnException();
    }

    /// <summary>
    /// For connections through a pooler. A session that it lends to others too is left unchanged; a run has no such sessions.
    /// </summary>
    private async Task SayAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var isLent = _use == SessionUse.Looking && _server.Owner is not SessionOwner.Connection;
        var calls = isLent ? "NULL" : Calls(connection.PostgreSqlVersion);
        var path = await AskAsync(connection, $"SELECT pg_catalog.current_setting('search_path'), {calls}", cancellationToken);
        if (HidesCatalog((string)path!)) throw new UnsafeSearchPathException((string)path!);
    }

    private string Calls(Version server) => SessionOptions.Calls(SessionOptions.Of(_settings, _use != SessionUse.Steps, server));

    private async Task<object?> AskAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = Sql.Seconds(_settings.ConnectTimeout) };
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>
    /// Whether another schema precedes pg_catalog. Behind such a pooler, sessions begin with the database's own search path.
    /// </summary>
    private static bool HidesCatalog(string path) =>
        path.Split(',').Select(name => name.Trim().Trim('"')).ToList().IndexOf("pg_catalog") > 0;
}

/// <summary>A pooler dropped the options of the login.</summary>
internal sealed class NotPassedOnException : Exception;

/// <summary>The database's search_path places a schema before pg_catalog, and a pooler keeps krang-upgrade from changing it.</summary>
public sealed class UnsafeSearchPathException(string path) : NpgsqlException($"search_path is {path}")
{
    public string Path => path;
}
