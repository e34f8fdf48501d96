using Npgsql;
using PluginUpgrade.Postgres;
using PluginUpgrade.Running;

namespace PluginUpgrade.Swaps;

/// <summary>
/// Changes that lock live tables for a moment. Who comes after a waiting lock waits behind it, so each attempt waits for at most 100 ms;
/// where only autovacuum is in the way, once as long as it needs to give way.
/// </summary>
internal static class ShortLocks
{
    private const int AttemptMilliseconds = 100;

    private static readonly Pause BetweenTries = Pause.OfMilliseconds(100, 1000, jitter: 0.5);

    /// <param name="session">Outside a transaction.</param>
    /// <param name="statements">One transaction.</param>
    /// <param name="patience">How long to try; then the failure of the last attempt is thrown.</param>
    public static async Task RunAsync(
        LaneSession session, IReadOnlyList<string> statements, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var sql = string.Join("; ", [.. statements, "COMMIT"]);
        var poll = new Poll(patience, BetweenTries, time);
        LockObserver? observer = null;
        var (limit, wasPatient) = (AttemptMilliseconds, false);
        await poll.UntilAsync(async () =>
        {
            try
            {
                var attempt = session.ExecuteAsync($"BEGIN; SET LOCAL lock_timeout = {limit}; {sql}", cancellationToken);
                if (observer is not null) await observer.DuringAsync(attempt);
                await attempt;
                return true;
            }
            catch (PostgresException e) when (SqlErrors.IsRetryable(e) && !poll.IsOver)
            {
                await session.ExecuteAsync("ROLLBACK", CancellationToken.None);
            }
            (limit, wasPatient) = !wasPatient && observer is { OnlyAutovacuum: true }
                ? (await LockObserver.BeatsAutovacuumAfterAsync(session.Connection, cancellationToken), true)
                : (AttemptMilliseconds, wasPatient);
            // Nearly always the first attempt succeeds, and nobody needs to look.
            observer ??= await LockObserver.OfAsync(session, cancels: false, cancellationToken);
            return false;
        }, cancellationToken);
    }
}
