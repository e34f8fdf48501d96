using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>
/// Room for one lane on a server, and the lane's connection. The connection stays open when the lane leaves; the next lane in the same
/// database reuses it. Npgsql resets the session between two lanes (DISCARD ALL), in the round trip of the second lane's first command.
/// </summary>
public sealed class ConnectionSlot(Action<ConnectionSlot> leave) : IDisposable
{
    /// <summary>
    /// A connection is replaced after this many lanes: a backend keeps the metadata of every table that it has used and never frees it.
    /// Twenty tables of each of 200 instances take about 20 MB in the server; a new connection takes as long as a few steps.
    /// </summary>
    private const int LanesOfAConnection = 200;

    private NpgsqlDataSource? _source;
    private NpgsqlConnection? _reader;
    private SessionStart? _start;
    private int _lanes;
    private int _process;
    private bool _asksForTypes;
    private bool _areTypesRight;

    /// <summary>When the database's types were loaded: a value of <see cref="NewTypes.Now"/>.</summary>
    public long TypesAsOf { get; set; }

    /// <summary>The connection string that the connection was opened with; null without a connection.</summary>
    public string? Database { get; private set; }

    /// <summary>Reuses the connection that is open here, or opens a new one. Waits for a server that is away.</summary>
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
    /// Opens a connection to read with before anything is decided. It stays here for the lane that may follow; the session is reset in
    /// between, so that nothing of the reading is left in it.
    /// </summary>
    /// <returns>Null where the session belongs to a pooler that lends it, not to the connection.</returns>
    public Task<NpgsqlConnection?> OpenForReadingAsync(string database, ConnectionSettings settings, CancellationToken cancellationToken) =>
        // The connection that was left here may have been closed by now: then a new one is opened.
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
            await using var prepare = new NpgsqlCommand(SessionOptions.ForReading("$1"), connection)
            {
                Parameters = { new() { Value = _process } },
                CommandTimeout = Sql.Seconds(settings.ConnectTimeout),
            };
            if (await prepare.ExecuteScalarAsync(cancellationToken) is true) return connection;
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

    /// <summary>
    /// A second connection to the lane's database, only for krang-upgrade's own reading beside the lane's. It stays here as the first one
    /// does, and may have been lost meanwhile.
    /// </summary>
    public async Task<NpgsqlConnection> ReaderAsync(string database, ConnectionSettings settings, CancellationToken cancellationToken)
    {
        if (_reader is { FullState: System.Data.ConnectionState.Open }) return _reader;
        CloseReader();
        return _reader = await Connections.TryOpenForReadingAsync(database, settings, cancellationToken);
    }

    public void CloseReader()
    {
        _reader?.Dispose();
        _reader = null;
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

    /// <summary>A new session must answer a first query: a pooler accepts every login, even without a free session.</summary>
    private async Task<NpgsqlConnection> OpenNextAsync(
        SessionStart start, NpgsqlDataSource source, bool mustAnswer, CancellationToken cancellationToken)
    {
        var before = _process;
        var connection = await Connections.OpenAsync(source, cancellationToken);
        _process = connection.ProcessID;
        return before == _process && !start.SaysAfterLogin
            ? connection : await start.CompleteAsync(connection, mustAnswer, cancellationToken);
    }

    /// <summary>Opens the connection with the server's own types. Only lanes need the types of the database.</summary>
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
    /// Closes the connection, at once or when its user returns it. Npgsql keeps the database's types: loading them again takes the server
    /// more than a second where it has 10,000 schemas with tables.
    /// </summary>
    public void CloseConnection()
    {
        _source?.Clear();
        _lanes = 0;
        CloseReader();
    }

    /// <summary>Closes the connection, and forgets the database.</summary>
    public void Close()
    {
        _source?.Dispose();
        (_source, Database, _lanes, _process) = (null, null, 0, 0);
        CloseReader();
    }

    public void Dispose() => leave(this);
}
