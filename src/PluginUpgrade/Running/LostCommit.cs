using Npgsql;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Running;

/// <summary>
/// Finds out whether something was committed whose COMMIT was never answered. The lock first: the old session may still be committing, and
/// its lock ends only after that can be seen. Then a look: what is there is what happened. COMMIT is never sent again.
/// </summary>
internal static class LostCommit
{
    private const int Tries = 3;

    /// <summary>How long the old session may take to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <param name="look">Takes the lock on a new connection, with <see cref="Patience"/>, and looks. Failing, it gives that up.</param>
    /// <returns>Null where that could not be found out.</returns>
    public static async Task<bool?> HappenedAsync(Func<Task<bool>> look)
    {
        bool? happened;
        try
        {
            // Lost again while it was asked: the server is worth another question.
            happened = await Retry.RunAsync(Tries, look, SqlErrors.IsLostConnection);
        }
        catch (Exception e) when (e is UpgradeException or NpgsqlException || SqlErrors.IsLostConnection(e))
        {
            return null;
        }
        SeededFault.Change("commit looked up", ref happened);
        return happened;
    }

    /// <summary>COMMIT of what the connection has open, and the question where its answer is lost.</summary>
    /// <param name="leave">Gives the connection up: its session is to end.</param>
    /// <param name="look">As of <see cref="HappenedAsync"/>.</param>
    /// <param name="unknown">What is told where that could not be found out: given what ended the connection.</param>
    /// <exception cref="Exception">What ended the connection, where nothing was committed.</exception>
    public static async Task CommitAsync(
        NpgsqlConnection connection, Func<Task> leave, Func<Task<bool>> look, Func<string, Problem> unknown)
    {
        try
        {
            // Not to be cancelled: a commit whose answer is not awaited is one that nobody knows of. It may have to wait for standbys.
            await Sql.ExecuteAsync(connection, "COMMIT", CancellationToken.None, TimeSpan.FromDays(1));
        }
        catch (Exception e) when (SqlErrors.IsLostConnection(e))
        {
            await leave();
            if (await HappenedAsync(look) is not { } happened) throw new UpgradeException(unknown(SqlErrors.Describe(e)), e);
            if (!happened) throw;
        }
    }
}
