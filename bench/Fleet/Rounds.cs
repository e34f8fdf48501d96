using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;

namespace PluginUpgrade.Bench;

/// <summary>What one contender took, in milliseconds.</summary>
internal sealed record Reading(Rival Rival, IReadOnlyList<double> Times)
{
    public double Median => MedianOf(Times);

    /// <summary>Where it was taken: one for each of the times.</summary>
    public IReadOnlyList<ProcessorTime> Processors { get; init; } = [];

    /// <summary>The most kilobytes that the program had resident: one for each of the times.</summary>
    public IReadOnlyList<long> Peaks { get; init; } = [];

    public long MedianPeak => MedianOf(Peaks);

    public double? MedianOf(Func<ProcessorTime, double> part) =>
        Processors.Count == 0 ? null : MedianOf([.. Processors.Select(part)]);

    private static T MedianOf<T>(IReadOnlyList<T> readings) => readings.Order().ElementAt(readings.Count / 2);
}

/// <summary>Contenders in turn, each on targets made anew.</summary>
internal static class Rounds
{
    /// <summary>
    /// All once on a small fleet: so that their files are in the system's cache, and to see that all make the same tables. Not timed.
    /// </summary>
    public static async Task WarmUpAsync(Fleet fleet, IEnumerable<Rival> rivals)
    {
        (string Journal, string Cms)? first = null;
        await fleet.Server.HurryAsync();
        foreach (var rival in rivals)
        {
            await fleet.ResetAsync();
            await rival.RunAsync();
            await fleet.DemandAsync(rival);
            var shape = Shape.Split(await fleet.ShapeAsync());
            first ??= shape;
            if (shape.Cms != first.Value.Cms || (shape.Journal != "" && shape.Journal != first.Value.Journal))
                throw new InvalidOperationException($"{rival.Program.Name} made other tables than the first:\n{shape}\n{first}");
        }
    }

    public static async Task<IReadOnlyList<Reading>> OfAsync(int rounds, Fleet fleet, IReadOnlyList<Rival> rivals)
    {
        var times = rivals.Select(_ => new List<double>()).ToList();
        var processors = rivals.Select(_ => new List<ProcessorTime>()).ToList();
        var peaks = rivals.Select(_ => new List<long>()).ToList();
        for (var round = 1; round <= rounds; round++)
            for (var i = 0; i < rivals.Count; i++)
            {
                await fleet.Server.HurryAsync();
                await fleet.ResetAsync();
                await fleet.Server.SettleAsync();
                var before = await ProcessorTime.SoFarAsync(fleet.Server);
                var (time, peak) = await rivals[i].MeasureAsync();
                times[i].Add(time);
                peaks[i].Add(peak);
                processors[i].Add((await ProcessorTime.SoFarAsync(fleet.Server)).Since(before));
                await fleet.DemandAsync(rivals[i]);
                Progress.Tell(round, rivals[i].Program.Name, times[i][^1]);
            }
        await fleet.Server.HurryAsync();
        return [.. rivals.Select((rival, i) => new Reading(rival, times[i]) { Processors = processors[i], Peaks = peaks[i] })];
    }

    /// <summary>
    /// Contenders in turn on targets that stay as they are. One round before the others is not counted, where there are others.
    /// </summary>
    /// <param name="rivals">Each with what is asked after each of its readings: whether it has done its work.</param>
    public static Task<IReadOnlyList<Reading>> OnTheSameAsync(
        int rounds, Server server, params (Rival Rival, Func<Task> Demand)[] rivals) =>
        OnCopiesAsync(rounds, server, () => Task.CompletedTask, rivals);

    /// <summary>The same on targets that are made anew before each reading.</summary>
    /// <param name="renew">Makes them; not timed.</param>
    public static async Task<IReadOnlyList<Reading>> OnCopiesAsync(
        int rounds, Server server, Func<Task> renew, params (Rival Rival, Func<Task> Demand)[] rivals)
    {
        var times = rivals.Select(_ => new List<double>()).ToList();
        for (var round = rounds > 1 ? 0 : 1; round <= rounds; round++)
            for (var i = 0; i < rivals.Length; i++)
            {
                await renew();
                await server.SettleAsync();
                var time = await rivals[i].Rival.RunAsync();
                await rivals[i].Demand();
                Progress.Tell(round, rivals[i].Rival.Program.Name, time);
                if (round > 0) times[i].Add(time);
            }
        return [.. rivals.Select((rival, i) => new Reading(rival.Rival, times[i]))];
    }
}

/// <summary>For whoever waits: readings as they come, beside the report.</summary>
internal static class Progress
{
    public static void Tell(int round, string name, double milliseconds) =>
        Tell(round, FormattableString.Invariant($"{milliseconds,8:0} ms  {name}"));

    public static void Tell(int round, string what) =>
        Console.Error.WriteLine(FormattableString.Invariant($"{DateTime.Now:HH:mm:ss} round {round}: {what}"));
}
