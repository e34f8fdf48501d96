using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>
/// Finds out whether a transaction was committed when the answer to its COMMIT was lost. It takes the lock first: the old session may still
/// be committing, and releases its lock only when the commit is visible. Then it reads the result. COMMIT is never sent again.
/// </summary>
internal static class LostCommit
{
    private const int Tries = 3;

    /// <summary>How long to wait for the old session to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <param name="look">
    /// Takes the lock on a new connection, with <see cref="Patience"/>, and reads the result. If it fails, it closes the connection.
    /// </param>
    /// <returns>Null if it could not be found out.</returns>
    public static async Task<bool?> HappenedAsync(Func<Task<bool>> look)
    {
        bool? happened;
        try
        {
            // Ask again if the connection is lost meanwhile.
            happened = await Retry.RunAsync(Tries, look, SqlErrors.IsLostConnection);
        }
        catch (Exception e) when (e is UpgradeException or NpgsqlException || SqlErrors.IsLostConnection(e))
        {
            return null;
        }
        SeededFault.Change("commit looked up", ref happened);
        return happened;
    }

    /// <summary>Commits the open transaction; if the answer is lost, finds out whether it was committed.</summary>
    /// <param name="leave">Closes the connection, so that its session ends.</param>
    /// <param name="look">As in <see cref="HappenedAsync"/>.</param>
    /// <param name="unknown">Makes the problem for a result that could not be found out, from the error that ended the connection.</param>
    /// <exception cref="Exception">The error that ended the connection, if nothing was committed.</exception>
    public static Task CommitAsync(
        NpgsqlConnection connection, Func<Task> leave, Func<Task<bool>> look, Func<string, Problem> unknown) => CommitAsync(
            // Not cancellable: without the answer the result would be unknown. The long limit is for a commit that waits for standbys.
            () => Sql.ExecuteAsync(connection, "COMMIT", CancellationToken.None, TimeSpan.FromDays(1)), leave, look,
            e => new UpgradeException(unknown(SqlErrors.Describe(e)), e));

    /// <param name="commit">Sends the COMMIT, and what belongs into its round trip.</param>
    /// <param name="unknown">
    /// Makes the exception for a result that could not be found out, from the error that ended the connection.
    /// </param>
    public static async Task CommitAsync(
        Func<Task> commit, Func<Task> leave, Func<Task<bool>> look, Func<Exception, Exception> unknown)
    {
        try
        {
            await commit();
        }
        catch (Exception e) when (SqlErrors.IsLostConnection(e))
        {
            await leave();
            if (await HappenedAsync(look) is not { } happened) throw unknown(e);
            if (!happened) throw;
        }
    }
}
