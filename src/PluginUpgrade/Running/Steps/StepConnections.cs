using System.Data;
using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// The connections that a step's module opens besides the step's own. Each counts as a lane does in <c>Run:PerServer</c>, and never waits
/// for room that only other lanes could give: its own lane keeps one meanwhile. All are closed at the step's end.
/// </summary>
/// <param name="searchPath">As in the step's own session.</param>
/// <param name="readOnly">For what must change nothing: a check, a verification, a dry run.</param>
internal sealed class StepConnections(
    Target target, ConnectionSettings settings, ServerLimits limits, string searchPath, bool readOnly) : IAsyncDisposable
{
    /// <summary>For a connection to be closed that somebody may still be using.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Dictionary<NpgsqlConnection, int> _open = [];
    private bool _ended;

    /// <summary>Whether something that the module started on one of them is still at work.</summary>
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
        // Outside of the step's transaction a module may copy or rename a database, which idle sessions of ours are in the way of.
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
            throw new InvalidOperationException("The step has ended: it opens no connection any more.");
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

    /// <summary>In the server: what runs there rolls back, and whoever waits for it goes on.</summary>
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
            // The server cannot be reached: then they end when the connections are closed.
        }
    }

    private static bool IsBusy(NpgsqlConnection connection) =>
        (connection.FullState & (ConnectionState.Executing | ConnectionState.Fetching)) != 0;

    /// <summary>What is not committed on them rolls back.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_open) _ended = true;
        if (AreBusy) await EndSessionsAsync();
        foreach (var (connection, _) in Open)
            await Task.Run(async () => await connection.DisposeAsync()).WaitAsync(Patience, TimeProvider.System)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
