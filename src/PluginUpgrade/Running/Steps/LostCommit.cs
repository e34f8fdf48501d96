using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;
using PluginUpgrade.Steps;

namespace PluginUpgrade.Running.Steps;

/// <summary>
/// Finds out whether a step was committed whose COMMIT was never answered. The lock first: the old session may still be committing, and its
/// lock ends only after that can be seen. Then the journal: what it says is what happened. COMMIT is never sent again.
/// </summary>
public sealed class LostCommit(RunContext context)
{
    private const int Tries = 3;

    /// <summary>How long the old session may take to end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <param name="session">Has a new connection afterwards.</param>
    /// <returns>Null where the target cannot be reached to ask it.</returns>
    public async Task<bool?> HappenedAsync(LaneSession session, UpgradeStep step)
    {
        if (SeededFault.Is("believe in every COMMIT")) return true;
        if (SeededFault.Is("believe in no COMMIT")) return false;
        for (var attempt = 1; ; attempt++)
            try
            {
                await session.ReopenAsync(Patience, CancellationToken.None);
                var row = await session.Journal.ReadAsync(session.Connection, step, CancellationToken.None);
                return row is { State: StepState.Done or StepState.Baseline, Run: var run } && run == context.RunId;
            }
            catch (Exception e) when (e is UpgradeException or NpgsqlException or IOException or TimeoutException)
            {
                await session.DisposeAsync();
                // Lost again while it was asked: the server is worth another question.
                if (attempt == Tries || e is UpgradeException || !SqlErrors.IsLostConnection(e)) return null;
            }
    }
}
