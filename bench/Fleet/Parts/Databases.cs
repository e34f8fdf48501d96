using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Peers;
using PluginUpgrade.Bench.Rivals;

namespace PluginUpgrade.Bench.Parts;

/// <summary>A fleet of databases, against the floor and against every peer.</summary>
internal static class Databases
{
    public static async Task RunAsync(Server server, string work, int count, int rounds)
    {
        var atomic = await Ours.CanBeAtomicAsync();
        var small = new DatabaseFleet(server, Path.Combine(work, "small"), 3);
        await Rounds.WarmUpAsync(small, await RivalsAsync(small, atomic));

        var fleet = new DatabaseFleet(server, Path.Combine(work, "databases"), count);
        var readings = await Rounds.OfAsync(rounds, fleet, await RivalsAsync(fleet, atomic));
        await fleet.DropAsync();
        Table.PrintBoth($"{Table.Number(count)} databases × {Cms.Steps.Count} steps", "database", count, readings);
        if (!atomic) Console.WriteLine("This build has no `--atomic instance`.\n");
    }

    private static async Task<List<Rival>> RivalsAsync(DatabaseFleet fleet, bool atomic)
    {
        List<Rival> rivals = [Ours.Steps(fleet), BareLoop.Of(fleet), .. await Peer.AllAsync(fleet)];
        if (atomic) rivals.Add(Ours.Atomic(fleet));
        rivals.Add(Psql.Of(fleet));
        return Rival.Chosen(rivals);
    }
}
