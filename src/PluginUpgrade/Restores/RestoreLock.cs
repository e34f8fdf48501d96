using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Restores;

/// <summary>
/// The locks of everything that may be in a target's schema: the installation and an instance may share one, and a restore replaces both.
/// </summary>
internal static class RestoreLock
{
    /// <exception cref="UpgradeException">Another session holds one of them.</exception>
    public static async Task TakeAsync(
        NpgsqlConnection connection, Target target, TimeSpan patience, ConnectionSettings settings, TimeProvider time,
        CancellationToken cancellationToken)
    {
        foreach (var sql in Connections.SessionSql(connection.PostgreSqlVersion, settings))
            await Sql.ExecuteAsync(connection, sql, cancellationToken);
        foreach (var scope in new[] { Scope.Installation, Scope.Instance })
        {
            var acquired = await TargetLock.AcquireAsync(
                connection, scope, target.Schema, patience, 2 * Sql.Seconds(settings.AnswerTimeout), time, cancellationToken);
            if (acquired.Holder is { } holder) throw new UpgradeException(RestoreProblem.Locked(target, holder));
        }
    }
}
