using System.Diagnostics;
using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Parts;

/// <summary>A run that is killed half-way and run again, against one that is left alone.</summary>
internal static class Resume
{
    public static async Task RunAsync(Server server, string work, int count, int rounds)
    {
        var small = new SchemaFleet(server, Path.Combine(work, "small"), 20);
        await Rounds.WarmUpAsync(small, [Ours.Steps(small)]);
        await small.DropAsync();

        var fleet = new SchemaFleet(server, Path.Combine(work, "resume"), count);
        var ours = Ours.Steps(fleet);
        List<double> whole = [], killed = [];
        for (var round = 1; round <= rounds; round++)
        {
            await PrepareAsync(fleet);
            whole.Add(await ours.RunAsync());
            await fleet.DemandAsync(ours);
            Progress.Tell(round, "left alone", whole[^1]);

            await PrepareAsync(fleet);
            // Half of what it has just taken; then at once the same command: the server may still be ending the killed one's sessions.
            var first = await KillAsync(ours.Program, TimeSpan.FromMilliseconds(whole[^1] / 2));
            killed.Add(first + await ours.RunAsync());
            await fleet.DemandAsync(ours);
            await DemandTwoRunsAsync(server, fleet);
            Progress.Tell(round, "killed at half and run again", killed[^1]);
        }
        await server.HurryAsync();
        await fleet.DropAsync();
        Table.Print($"SIGKILL at half, {Table.Number(count)} schemas", count,
        [
            new Reading(Named(ours, "killed, and run again: both times together"), killed),
            new Reading(Named(ours, "left alone") with { Aim = new Aim(1.15) }, whole),
        ]);
    }

    private static Rival Named(Rival rival, string name) => rival with { Program = rival.Program with { Name = name } };

    private static async Task PrepareAsync(SchemaFleet fleet)
    {
        await fleet.Server.HurryAsync();
        await fleet.ResetAsync();
        await fleet.Server.SettleAsync();
    }

    /// <summary>The time from its start to its end by SIGKILL.</summary>
    private static async Task<double> KillAsync(Contender program, TimeSpan after)
    {
        var begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program.Program, program.Arguments) { RedirectStandardOutput = true })!;
        await Task.Delay(after);
        process.Kill();
        await process.WaitForExitAsync();
        if (process.ExitCode == 0) throw new InvalidOperationException("The run was over before it could be killed.");
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }

    /// <summary>Some steps must be the killed run's and some the other's: else it was not killed in the middle.</summary>
    private static async Task DemandTwoRunsAsync(Server server, SchemaFleet fleet)
    {
        HashSet<Guid> runs = [];
        foreach (var schema in fleet.Schemas)
        {
            var sql = $"SELECT array_agg(DISTINCT run_id) FROM {schema}.krang_upgrade_journal";
            runs.UnionWith(await server.AskAsync<Guid[]>(sql, SchemaFleet.Database) ?? []);
        }
        if (runs.Count != 2)
            throw new InvalidOperationException($"{runs.Count} runs had a part in it, not 2: with few schemas half the time is start-up.");
    }
}
