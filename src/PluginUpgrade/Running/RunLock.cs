using Npgsql;
using PluginUpgrade.Checks;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>
/// Held by an upgrade of the whole installation from its beginning to its end, so that a second one is refused at once and not in its
/// middle. Each target's own lock is what protects the target.
/// </summary>
public static class RunLock
{
    /// <returns>To be disposed at the end of the run.</returns>
    /// <exception cref="UpgradeException">Another run holds it.</exception>
    public static async Task<NpgsqlConnection> AcquireAsync(
        Target installation, ConnectionSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            await MissingPlace.MakeAsync(installation, settings, cancellationToken);
            connection = await Connections.OpenForReadingAsync(
                installation.Database, settings, WaitFor.Return, cancellationToken);
            var holder = await TargetLock.AcquireRunAsync(connection, installation.Schema, settings.LockTimeout, time, cancellationToken);
            return holder is null ? connection : throw new UpgradeException(LockCheck.RunInProgress(holder));
        }
        catch (Exception e)
        {
            if (connection is not null) await connection.DisposeAsync();
            // The server was there a moment ago: it ended this session, or is going down.
            if (ConnectionProblem.IsOne(e)) throw new UpgradeException(ConnectionProblem.Of(installation, e), e);
            throw;
        }
    }
}
