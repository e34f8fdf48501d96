using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>What a session is for.</summary>
internal enum SessionUse
{
    /// <summary>Reading before anything is decided: it may be a session that a pooler lends to others too, and is left as it is.</summary>
    Looking,

    /// <summary>Our own words in a run.</summary>
    Working,

    /// <summary>Modules' code in a run.</summary>
    Steps,
}

/// <summary>
/// How one connection is asked for, so that its session is ours from the first moment on (<see cref="SessionOptions"/>). All is said at the
/// login. Where a pooler refuses that or drops it, it is said in a first statement; the first connection to each address finds out which.
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
        // The environment's encoding, and a path that the settings' string may ask for, are not ours.
        (address.ClientEncoding, address.Encoding, address.SearchPath) = ("UTF8", "UTF8", null);
        if (_atLogin)
        {
            var options = SessionOptions.AtLogin(SessionOptions.Of(settings, use != SessionUse.Steps, _version ?? Assumed));
            address.Options = $"{address.Options} {options}".TrimStart();
        }
        ConnectionString = address.ConnectionString;
    }

    public string ConnectionString { get; }

    /// <param name="address">Is changed.</param>
    public static SessionStart Of(NpgsqlConnectionStringBuilder address, ConnectionSettings settings, SessionUse use) =>
        new(address, settings, use);

    /// <summary>Connects in this way; or, where the server does not take it, in the way that it does.</summary>
    /// <param name="addressOf">Makes the address anew.</param>
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

    /// <summary>A source's first connection. Types of the database's own are yet to be learnt, once the session is ours.</summary>
    public async Task<(NpgsqlConnection Connection, bool AreTypesRight)> OpenWithServerTypesAsync(
        NpgsqlDataSource source, string database, CancellationToken cancellationToken)
    {
        var types = await _server.TypesAsync(() => ServerTypes.ReadAsync(database, _settings, cancellationToken));
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
    /// Before anything is decided a session behind a pooler may be one that it lends to others: whose it is two connections find out, once.
    /// What they ask is safe under any path.
    /// </summary>
    private async Task FindOwnerAsync(
        Func<CancellationToken, Task<NpgsqlConnection>> open, CancellationToken cancellationToken)
    {
        if (_atLogin || _use != SessionUse.Looking || _server.Owner is not null) return;
        await using var first = await open(cancellationToken);
        var backend = (int)(await AskAsync(first, "SELECT pg_catalog.pg_backend_pid()", cancellationToken))!;
        _server.Owner = await Pooler.OwnerAsync(first, backend, open, cancellationToken);
    }

    /// <summary>Whether the login failed for what was said with it, so that the next try says less.</summary>
    public bool IsToBeSaidOtherwise(Exception e)
    {
        if (e is NotPassedOnException) return true;
        if (!_atLogin || !SqlErrors.RefusesOptions(e)) return false;
        if (!SqlErrors.IsUnknownSetting(e)) _server.RefusesOptions = true;
        // An older server has taken over: it does not know all that the one before it knew.
        else if (_version is not null) _server.Version = null;
        else if (!_isOld) _server.IsOld = true;
        else return false;
        return true;
    }

    /// <summary>Of a server not met yet. What most know is said at once: an idle session may be ended before its first word.</summary>
    private Version? Assumed => _isOld ? null : new Version(14, 0);

    /// <summary>Says what could not be said at the login. Once for a new session; closes the connection where it fails.</summary>
    /// <param name="mustAnswer">Whether a first answer is waited for: a pooler lets everybody log in.</param>
    /// <exception cref="UnsafeSearchPathException">Something of others' would be called before anything of ours is said.</exception>
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

    /// <summary>Whether each session that begins anew must be told again.</summary>
    public bool SaysAfterLogin => !_atLogin;

    /// <summary>The first connection to an address.</summary>
    /// <exception cref="NotPassedOnException">A pooler dropped what was said.</exception>
    private async Task FindOutAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var version = connection.PostgreSqlVersion;
        // Safe under any path: every name says that it is PostgreSQL's own.
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

    /// <summary>Behind a pooler. A session that it lends to others too is left as it is; in a run there are none such.</summary>
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
    /// Whether something goes before PostgreSQL's own objects. Behind such a pooler sessions begin with the database's own path.
    /// </summary>
    private static bool HidesCatalog(string path) =>
        path.Split(',').Select(name => name.Trim().Trim('"')).ToList().IndexOf("pg_catalog") > 0;
}

/// <summary>A pooler dropped what was said at the login.</summary>
internal sealed class NotPassedOnException : Exception;

/// <summary>The database's search_path lays something in front of pg_catalog, and a pooler keeps us from saying otherwise.</summary>
public sealed class UnsafeSearchPathException(string path) : NpgsqlException($"search_path is {path}")
{
    public string Path => path;
}
