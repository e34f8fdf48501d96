using Npgsql;
using PluginUpgrade.Journals;

namespace PluginUpgrade.Running;

/// <summary>
/// Finds out whether a step was committed whose COMMIT was never answered. The lock first: the old session may still be committing, and its
/// lock ends only after that can be seen. Then the journal: what it says is what happened. COMMIT is never sent again.
/// </summary>
public sealed class LostCommit(RunSetting setting)
{
    /// <summary>How long a server may take to come back, and the old session to end.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <returns>Null where the target cannot be reached to ask it.</returns>
    public async Task<bool?> HappenedAsync(UpgradeStep step)
    {
        if (SeededFault.Is("believe in every COMMIT")) return true;
        if (SeededFault.Is("believe in no COMMIT")) return false;
        try
        {
            await using var session = await ReopenAsync(step.Target);
            var row = await session.Journal.ReadAsync(session.Connection, step, CancellationToken.None);
            return row is { State: StepState.Done or StepState.Baseline, Run: var run } && run == setting.RunId;
        }
        catch (Exception e) when (e is UpgradeException or NpgsqlException or IOException or TimeoutException)
        {
            return null;
        }
    }

    private async Task<LaneSession> ReopenAsync(Target target)
    {
        var start = setting.Time.GetTimestamp();
        while (true)
            try
            {
                return await LaneSession.OpenAsync(target, setting.Connection, Patience, null, setting.Time, CancellationToken.None);
            }
            catch (UpgradeException) when (setting.Time.GetElapsedTime(start) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), setting.Time, CancellationToken.None);
            }
    }
}
