using System.Data;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// The further connections that a step's module opens. Each counts like a lane in <c>Run:PerServer</c>, but never waits for another lane to
/// free a connection: its own lane holds one meanwhile, so waiting could deadlock. All are closed at the end of the step.
/// </summary>
/// <param name="searchPath">The search path of the step's session.</param>
/// <param name="readOnly">Whether the connections are read-only: in a check, a verification, a dry run.</param>
internal sealed class StepConnections(
    Target target, ConnectionSettings settings, ServerLimits limits, string searchPath, bool readOnly) : IAsyncDisposable
{
    /// <summary>How long to wait for the closing of a connection that may still be in use.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<NpgsqlConnection, int> _open = [];
    private bool _ended;

    /// <summary>Whether a statement or a reader of the module still runs on one of them.</summary>
    public bool AreBusy => Open.Any(one => IsBusy(one.Key));

    private List<KeyValuePair<NpgsqlConnection, int>> Open
    {
        get
        {
            lock (_open) return [.. _open];
        }
    }

    public async Task<NpgsqlConnection> OpenAsync(Action<NpgsqlDataSourceBuilder>? configure, CancellationToken cancellationToken)
    {
        var room = limits.EnterBeside(target.Server);
        // Outside the step's transaction the module may copy or rename a database, which our idle sessions would block.
        settings.Servers.MakeRoom();
        try
        {
            var (connection, process) = await Connections.OpenBesideAsync(
                target.Database, settings, searchPath, readOnly, configure, cancellationToken);
            var keeps = Keep(connection, process);
            connection.StateChange += (_, change) =>
            {
                if (change.CurrentState is not (ConnectionState.Closed or ConnectionState.Broken)) return;
                lock (_open) _open.Remove(connection);
                room.Dispose();
            };
            if (keeps) return connection;
            await connection.DisposeAsync();
            throw new InvalidOperationException("The step has ended and can no longer open connections.");
        }
        catch
        {
            room.Dispose();
            throw;
        }
    }

    private bool Keep(NpgsqlConnection connection, int process)
    {
        lock (_open)
        {
            if (!_ended) _open[connection] = process;
            return !_ended;
        }
    }

    /// <summary>Ends the sessions in the server: their work is rolled back, and sessions that wait for their locks continue.</summary>
    public async Task EndSessionsAsync()
    {
        if (Open is not { Count: > 0 } open) return;
        try
        {
            await using var other = await Connections.TryOpenForReadingAsync(target.Database, settings, CancellationToken.None);
            foreach (var (_, process) in open) await Sql.EndSessionAsync(other, process, CancellationToken.None);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            // The server cannot be reached: the sessions end when the connections are closed.
        }
    }

    private static bool IsBusy(NpgsqlConnection connection) =>
        (connection.FullState & (ConnectionState.Executing | ConnectionState.Fetching)) != 0;

    /// <summary>Closes the connections; uncommitted work is rolled back.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_open) _ended = true;
        if (AreBusy) await EndSessionsAsync();
        foreach (var (connection, _) in Open)
            await Task.Run(async () => await connection.DisposeAsync()).WaitAsync(Patience, TimeProvider.System)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
