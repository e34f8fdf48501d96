using Npgsql;
using PluginUpgrade.Databases;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Restores.Replacing;
using PluginUpgrade.Running;

namespace PluginUpgrade.Swaps.WholeDatabases;

/// <summary>
/// A session in another database of the server, which creates, renames and drops databases. It holds a lock on the live database's name,
/// the same as a restore: the target's lock lies in the live database, and must be given up before that can be renamed.
/// </summary>
internal sealed class ElsewhereSession : IAsyncDisposable
{
    private readonly Target _target;
    private readonly RunContext _context;
    private readonly IDisposable _room;

    private ElsewhereSession(Target target, RunContext context, IDisposable room) => (_target, _context, _room) = (target, context, room);

    public NpgsqlConnection Connection { get; private set; } = null!;

    /// <exception cref="UpgradeException">It cannot be reached, or another session holds the lock.</exception>
    public static async Task<ElsewhereSession> OpenAsync(
        Target target, RunContext context, ServerLimits limits, CancellationToken cancellationToken)
    {
        var session = new ElsewhereSession(target, context, limits.EnterBeside(target.Server));
        try
        {
            await session.ConnectAsync(context.Connection.LockTimeout, cancellationToken);
            return session;
        }
        catch
        {
            session._room.Dispose();
            throw;
        }
    }

    private async Task ConnectAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var settings = _context.Connection;
        try
        {
            Connection = await Connections.OpenForReadingAsync(
                ExistingDatabase.Elsewhere(_target), settings, WaitFor.Return, cancellationToken, held: 1);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e))
        {
            throw new UpgradeException(DatabaseProblem.NoneElsewhere(_target, SqlErrors.Describe(e)), e);
        }
        try
        {
            foreach (var sql in Connections.SessionSql(Connection.PostgreSqlVersion, settings)) await ExecuteAsync(sql, cancellationToken);
            var acquired = await TargetLock.AcquireAsync(Connection, Scope.Instance, _target.DatabaseName, patience,
                2 * Sql.Seconds(settings.AnswerTimeout), _context.Time, cancellationToken);
            if (acquired.Holder is { } holder) throw new UpgradeException(RunProblem.Locked(_target, holder));
            Pid = acquired.BackendPid;
        }
        catch
        {
            await Connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The backend's process id.</summary>
    public int Pid { get; private set; }

    /// <summary>
    /// Takes the lock again if the session was lost while the other one built. Until then, the target's lock kept others away.
    /// </summary>
    public async Task DemandAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (Connection.State == System.Data.ConnectionState.Open && await TargetLock.HoldsAsync(
                Connection, [_target with { Schema = _target.DatabaseName }], cancellationToken)) return;
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) || e is InvalidOperationException)
        {
            // It is opened again.
        }
        await ReopenAsync(_context.Connection.LockTimeout, cancellationToken);
    }

    public async Task ReopenAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await Connection.DisposeAsync();
        await ConnectAsync(patience, cancellationToken);
    }

    /// <summary>Without a time limit: copying template0 or waiting for sessions takes as long as it takes.</summary>
    public async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(Connection) { BatchCommands = { new(sql) }, Timeout = 0 };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>If that fails, the server rolls back when the connection is closed.</summary>
    public async Task RollBackAsync()
    {
        try
        {
            await ExecuteAsync("ROLLBACK", CancellationToken.None);
        }
        catch (Exception e) when (ConnectionProblem.IsOne(e) || e is InvalidOperationException)
        {
            await Connection.DisposeAsync();
        }
    }

    /// <returns>Null if there is no such database.</returns>
    public async Task<long?> OidAsync(string database, CancellationToken cancellationToken)
    {
        await using var query = new NpgsqlCommand("SELECT oid::bigint FROM pg_catalog.pg_database WHERE datname = $1::text", Connection)
        {
            Parameters = { new() { Value = database } },
        };
        return await query.ExecuteScalarAsync(cancellationToken) as long?;
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        _room.Dispose();
    }
}
