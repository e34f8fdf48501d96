using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Parts;

/// <summary>The most memory that an upgrade ever has resident, for a small fleet and for a large one.</summary>
internal static class Memory
{
    private const int Few = 100;
    private static readonly Aim Same = new(1.30);

    public static async Task RunAsync(Server server, string work, int many, int rounds)
    {
        // How long it takes does not matter here.
        await server.HurryAsync();
        var few = await PeaksAsync(new SchemaFleet(server, Path.Combine(work, "few"), Few), rounds);
        var all = await PeaksAsync(new SchemaFleet(server, Path.Combine(work, "many"), many), rounds);
        Console.WriteLine($"### Peak memory of an upgrade\n\n| | min | median | max | to {Few} |\n|---|---|---|---|---|");
        Print(Few, few, "");
        Print(many, all, Same.Judge((double)Median(all) / Median(few)));
        Console.WriteLine();
    }

    private static async Task<List<long>> PeaksAsync(SchemaFleet fleet, int rounds)
    {
        List<long> peaks = [];
        for (var round = 1; round <= rounds; round++)
        {
            await fleet.ResetAsync();
            var ours = Ours.Steps(fleet);
            peaks.Add((await Cost.OfAsync(ours.Program)).PeakKilobytes);
            await fleet.DemandAsync(ours);
            Progress.Tell(round, FormattableString.Invariant($"{peaks[^1] / 1024} MiB, {fleet.Count} schemas"));
        }
        await fleet.DropAsync();
        return peaks;
    }

    private static void Print(int count, List<long> peaks, string verdict)
    {
        var (min, max) = (peaks.Min() / 1024, peaks.Max() / 1024);
        Console.WriteLine($"| {Table.Number(count)} schemas | {min} MiB | {Median(peaks) / 1024} MiB | {max} MiB | {verdict} |");
    }

    private static long Median(List<long> peaks) => peaks.Order().ElementAt(peaks.Count / 2);
}
