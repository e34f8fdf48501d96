using System.Globalization;
using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;

namespace PluginUpgrade.Bench.Parts;

/// <summary>Fleets of schemas in one database, each larger than the one before: the time for each instance is to stay the same.</summary>
internal static class Schemas
{
    private const double Flat = 0.15;
    private static readonly Aim SameMemory = new(1.30);

    public static async Task RunAsync(Server server, string work, IReadOnlyList<int> counts, Func<int, int> rounds)
    {
        var atomic = await Ours.CanBeAtomicAsync();
        var small = new SchemaFleet(server, Path.Combine(work, "small"), 20);
        await Rounds.WarmUpAsync(small, Rivals(small, atomic));
        await small.DropAsync();

        List<(int Count, IReadOnlyList<Reading> Readings)> all = [];
        foreach (var count in counts)
        {
            var fleet = new SchemaFleet(server, Path.Combine(work, $"schemas-{count}"), count);
            var readings = await Rounds.OfAsync(rounds(count), fleet, Rivals(fleet, atomic));
            await fleet.DropAsync();
            all.Add((count, readings));
            var title = $"{Table.Number(count)} schemas × {Cms.Steps.Count} steps";
            Table.PrintBoth(title, "schema", count, readings);
        }
        if (!atomic) Console.WriteLine("This build has no `--atomic instance`.\n");
        if (counts.Count < 2) return;
        PrintGrowth(all);
        PrintMemory(all);
    }

    private static List<Rival> Rivals(SchemaFleet fleet, bool atomic)
    {
        List<Rival> rivals = [Ours.Steps(fleet), BareLoop.Of(fleet)];
        if (atomic) rivals.Add(Ours.Atomic(fleet));
        rivals.Add(Psql.Of(fleet));
        return Rival.Chosen(rivals);
    }

    /// <summary>Whether an instance costs the same however many there are. Others' growth tells how much of ours is the server's.</summary>
    private static void PrintGrowth(List<(int Count, IReadOnlyList<Reading> Readings)> all)
    {
        Console.WriteLine("### Time for each schema, as the fleet grows\n");
        Console.WriteLine($"| | {string.Join(" | ", all.Select(one => Table.Number(one.Count)))} | last to first |");
        Console.WriteLine($"|---|{string.Concat(all.Select(_ => "---|"))}---|");
        for (var i = 0; i < all[0].Readings.Count; i++)
        {
            var each = all.Select(one => one.Readings[i].Median / one.Count).ToList();
            var cells = each.Select(time => time.ToString("0.0 ms", CultureInfo.InvariantCulture));
            var rival = all[0].Readings[i].Rival;
            Console.WriteLine($"| {rival.Program.Name} | {string.Join(" | ", cells)} | {Verdict(rival, each[^1] / each[0])} |");
        }
        Console.WriteLine();
    }

    /// <summary>Of a run with a transaction for each step.</summary>
    private static void PrintMemory(List<(int Count, IReadOnlyList<Reading> Readings)> all)
    {
        Console.WriteLine($"### Peak memory of an upgrade\n\n| | min | median | max | to {all[0].Count} |\n|---|---|---|---|---|");
        foreach (var (count, readings) in all)
        {
            var ours = readings[0];
            var verdict = count == all[0].Count ? "" : SameMemory.Judge((double)ours.MedianPeak / all[0].Readings[0].MedianPeak);
            var (min, median, max) = (ours.Peaks.Min() / 1024, ours.MedianPeak / 1024, ours.Peaks.Max() / 1024);
            Console.WriteLine($"| {Table.Number(count)} schemas | {min} MiB | {median} MiB | {max} MiB | {verdict} |");
        }
        Console.WriteLine();
    }

    private static string Verdict(Rival rival, double growth)
    {
        var text = growth.ToString("0.00", CultureInfo.InvariantCulture);
        if (rival.Aim is not null) return text;
        return Math.Abs(growth - 1) <= Flat ? $"{text} (aim 0.85 to 1.15)" : $"**{text}, aim 0.85 to 1.15 missed**";
    }
}
