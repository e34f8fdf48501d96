using PluginUpgrade.Bench.Rivals;

namespace PluginUpgrade.Bench;

/// <summary>Contenders in turn on a fleet that none of them changes.</summary>
/// <param name="Counter">Asks the server how often targets were looked at, ever.</param>
/// <param name="Count">How many looks each contender must take at least.</param>
internal sealed record Looks(Server Server, string Database, string Counter, int Count)
{
    /// <summary>One round before the others is not counted.</summary>
    public async Task<IReadOnlyList<Reading>> OfAsync(int rounds, params Rival[] rivals)
    {
        var times = rivals.Select(_ => new List<double>()).ToList();
        await Server.SettleAsync();
        for (var round = 0; round <= rounds; round++)
            for (var i = 0; i < rivals.Length; i++)
            {
                await Server.SettleAsync();
                var before = await Server.AskAsync<long>(Counter, Database);
                var time = await rivals[i].RunAsync();
                await DemandAsync(rivals[i], before);
                if (round > 0) times[i].Add(time);
                Progress.Tell(round, rivals[i].Program.Name, time);
            }
        await Server.HurryAsync();
        return [.. rivals.Select((rival, i) => new Reading(rival, times[i]))];
    }

    private async Task DemandAsync(Rival rival, long before)
    {
        // A session's figures are added up when it ends, a moment after its client has.
        for (var attempt = 0; attempt < 50; attempt++)
        {
            if (await Server.AskAsync<long>(Counter, Database) - before >= Count) return;
            await Task.Delay(100);
        }
        throw new InvalidOperationException($"{rival.Program.Name} has not looked at all {Count} targets.");
    }
}
