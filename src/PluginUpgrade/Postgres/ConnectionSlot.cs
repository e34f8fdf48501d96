using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>
/// One lane's room on a server, and its one connection, which stays when the lane leaves: the next one in the same database continues with
/// it. Between two lanes Npgsql resets the session (DISCARD ALL), in the round trip of the second one's first command.
/// </summary>
public sealed class ConnectionSlot(Action<ConnectionSlot> leave) : IDisposable
{
    /// <summary>
    /// After so many lanes a new connection: a session remembers every table that it has touched, for ever. Twenty tables of each of 200
    /// instances are some 20 MB in the server; a connection takes as long as a few steps.
    /// </summary>
    private const int LanesOfAConnection = 200;

    private NpgsqlDataSource? _source;
    private SessionStart? _start;
    private int _lanes;
    private int _process;
    private bool _asksForTypes;
    private bool _areTypesRight;

    /// <summary>When the database's types were loaded, as <see cref="NewTypes"/> counts.</summary>
    public long TypesAsOf { get; set; }

    /// <summary>Where the connection leads to; null where there is none.</summary>
    public string? Database { get; private set; }

    /// <summary>The connection that was left here, or a new one. A server that is away is waited for.</summary>
    public async Task<NpgsqlConnection> OpenAsync(string database, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        if (_lanes >= LanesOfAConnection) CloseConnection();
        _lanes++;
        return await OpenAsync(database, settings, WaitFor.Return, async token =>
        {
            var connection = await ConnectAsync(database, settings, mustAnswer: true, token);
            return _asksForTypes ? await WithTypesAsync(connection, settings, token) : connection;
        }, cancellationToken);
    }

    /// <summary>
    /// A connection for reading before anything is decided, which stays here for the lane that may follow. Nothing of the reading is left
    /// in the session: it is reset between the two.
    /// </summary>
    /// <returns>Null where its session is not the connection's own, but one that a pooler lends.</returns>
    public Task<NpgsqlConnection?> OpenForReadingAsync(string database, ConnectionSettings settings, CancellationToken cancellationToken) =>
        // One that was left here may have been ended meanwhile: then a new one.
        Retry.RunAsync(2, () => TryOpenForReadingAsync(database, settings, cancellationToken), SqlErrors.IsLostConnection, (_, _) =>
        {
            CloseConnection();
            return Task.CompletedTask;
        });

    private async Task<NpgsqlConnection?> TryOpenForReadingAsync(
        string database, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        var connection = await OpenAsync(
            database, settings, WaitFor.Room, token => ConnectAsync(database, settings, mustAnswer: false, token), cancellationToken);
        try
        {
            await using var say = new NpgsqlCommand(SessionOptions.ForReading("$1"), connection)
            {
                Parameters = { new() { Value = _process } },
                CommandTimeout = Sql.Seconds(settings.ConnectTimeout),
            };
            if (await say.ExecuteScalarAsync(cancellationToken) is true) return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
        await connection.DisposeAsync();
        Close();
        return null;
    }

    private async Task<NpgsqlConnection> OpenAsync(
        string database, ConnectionSettings settings, WaitFor what, Func<CancellationToken, Task<NpgsqlConnection>> connect,
        CancellationToken cancellationToken)
    {
        if (Database != database) Close();
        Database = database;
        return await settings.Servers.OpenAsync(database, what, connect, cancellationToken);
    }

    private async Task<NpgsqlConnection> ConnectAsync(
        string database, ConnectionSettings settings, bool mustAnswer, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_source is null) (_start, _source) = Connections.SourceOfOne(database, settings);
            try
            {
                return _process == 0
                    ? await OpenFirstAsync(_start!, _source, database, cancellationToken)
                    : await OpenNextAsync(_start!, _source, mustAnswer, cancellationToken);
            }
            catch (Exception e) when (_start!.IsToBeSaidOtherwise(e))
            {
                _source.Dispose();
                (_source, _process) = (null, 0);
            }
        }
    }

    /// <summary>A new session is to answer once: a pooler lets everybody log in.</summary>
    private async Task<NpgsqlConnection> OpenNextAsync(
        SessionStart start, NpgsqlDataSource source, bool mustAnswer, CancellationToken cancellationToken)
    {
        var before = _process;
        var connection = await Connections.OpenAsync(source, cancellationToken);
        _process = connection.ProcessID;
        return before == _process && !start.SaysAfterLogin
            ? connection : await start.CompleteAsync(connection, mustAnswer, cancellationToken);
    }

    /// <summary>With the server's types: of those of the database a lane is the first to have need.</summary>
    private async Task<NpgsqlConnection> OpenFirstAsync(
        SessionStart start, NpgsqlDataSource source, string database, CancellationToken cancellationToken)
    {
        var (opened, areRight) = await start.OpenWithServerTypesAsync(source, database, cancellationToken);
        var connection = await start.CompleteAsync(opened, mustAnswer: false, cancellationToken);
        (_process, _asksForTypes, _areTypesRight) = (connection.ProcessID, true, areRight);
        return connection;
    }

    private async Task<NpgsqlConnection> WithTypesAsync(
        NpgsqlConnection connection, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        TypesAsOf = settings.NewTypes.Now;
        await ServerTypes.LearnOwnAsync(connection, _areTypesRight, settings, cancellationToken);
        _asksForTypes = false;
        return connection;
    }

    /// <summary>
    /// Closes the connection, at once or when whoever still has it gives it back. What Npgsql knows of the database's types stays: to load
    /// them again takes the server more than a second where it has 10,000 schemas with tables.
    /// </summary>
    public void CloseConnection()
    {
        _source?.Clear();
        _lanes = 0;
    }

    /// <summary>Closes the connection, and forgets the database.</summary>
    public void Close()
    {
        _source?.Dispose();
        (_source, Database, _lanes, _process) = (null, null, 0, 0);
    }

    public void Dispose() => leave(this);
}
