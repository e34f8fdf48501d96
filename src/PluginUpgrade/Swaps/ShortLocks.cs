using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;

namespace PluginUpgrade.Swaps;

/// <summary>
/// Changes that lock live tables for a moment. Who comes after a waiting lock waits behind it, so each attempt waits for at most 100 ms.
/// </summary>
internal static class ShortLocks
{
    private static readonly Pause BetweenTries = Pause.OfMilliseconds(100, 1000, jitter: 0.5);

    /// <param name="session">Outside a transaction.</param>
    /// <param name="statements">One transaction.</param>
    /// <param name="patience">How long to try; then the failure of the last attempt is thrown.</param>
    public static async Task RunAsync(
        LaneSession session, IReadOnlyList<string> statements, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var sql = string.Join("; ", ["BEGIN", "SET LOCAL lock_timeout = '100ms'", .. statements, "COMMIT"]);
        var poll = new Poll(patience, BetweenTries, time);
        await poll.UntilAsync(async () =>
        {
            try
            {
                await session.ExecuteAsync(sql, cancellationToken);
                return true;
            }
            catch (PostgresException e) when (SqlErrors.IsRetryable(e) && !poll.IsOver)
            {
                await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
                return false;
            }
        }, cancellationToken);
    }
}
