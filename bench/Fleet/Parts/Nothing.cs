using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Peers;
using PluginUpgrade.Bench.Rivals;

namespace PluginUpgrade.Bench.Parts;

/// <summary>All is upgraded already: how long it takes to see that.</summary>
internal static class Nothing
{
    private const double SchemasLimit = 5000;

    // Asked of the server's own statistics: whoever did not look at every target did not see that there is nothing to do.
    private const string Reads =
        "SELECT sum(seq_scan + coalesce(idx_scan, 0))::bigint FROM pg_stat_user_tables WHERE relname = 'krang_upgrade_journal'";

    private const string Sessions = "SELECT sum(sessions)::bigint FROM pg_stat_database WHERE datname LIKE 'fleet%'";

    public static async Task SchemasAsync(Server server, string work, int count, int rounds)
    {
        await server.HurryAsync();
        var fleet = new SchemaFleet(server, Path.Combine(work, $"nothing-schemas-{count}"), count);
        await server.AutovacuumAsync("off");
        await fleet.ResetAsync();
        await Ours.Steps(fleet).RunAsync();
        await fleet.DemandAsync(Ours.Steps(fleet));
        var early = await LookAsync();
        await server.AutovacuumAsync("on");
        await server.ExecuteAsync("VACUUM ANALYZE", SchemaFleet.Database);
        var readings = await LookAsync();
        await fleet.DropAsync();
        Table.Print($"Nothing to do, {Table.Number(count)} schemas, before the server has statistics of them", count, early);
        Table.Print($"Nothing to do, {Table.Number(count)} schemas", count, readings);
        var met = readings[0].Median < SchemasLimit;
        Console.WriteLine($"Ours is to be under {Table.Seconds(SchemasLimit)}: {(met ? "met" : "**missed**")}.\n");

        Task<IReadOnlyList<Reading>> LookAsync() => new Looks(server, SchemaFleet.Database, Reads, count).OfAsync(rounds,
            new Rival(Ours.Runs(fleet), Proof.JournalOfSteps),
            new Rival(Psql.Reading(fleet), Proof.JournalOfSteps, new Aim(2)) { Environment = server.Environment });
    }

    public static async Task DatabasesAsync(Server server, string work, int count, int rounds)
    {
        await server.HurryAsync();
        var template = await TemplateAsync(server, Path.Combine(work, "nothing-template"));
        var fleet = new DatabaseFleet(server, Path.Combine(work, "nothing-databases"), count) { Template = template };
        await fleet.ResetAsync();
        // The installation's own part is still to be done, once.
        await Ours.Runs(fleet).RunAsync();
        var dbmate = Dbmate.Of(fleet, await Peer.NpmAsync());
        var looks = new Looks(server, "postgres", Sessions, count);
        var readings = await looks.OfAsync(rounds,
            new Rival(Ours.Runs(fleet), Proof.JournalOfSteps),
            new Rival(BareLoop.Looking(fleet), Proof.JournalOfSteps, new Aim(1.15)),
            dbmate with { Aim = new Aim(1.0 / 3) });
        await fleet.DropAsync();
        await server.DropAsync(template);
        Table.Print($"Nothing to do, {Table.Number(count)} databases", count, readings);
    }

    /// <summary>A database that is upgraded in our eyes and in dbmate's: both keep books in it.</summary>
    private static async Task<string> TemplateAsync(Server server, string work)
    {
        var one = new DatabaseFleet(server, work, 1);
        await one.ResetAsync();
        await Ours.Runs(one).RunAsync();
        await one.DemandAsync(Ours.Steps(one));
        var versions = string.Join(", ", Cms.Steps.Select(step => $"('{step.Number}')"));
        var books = $"CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES {versions}";
        await server.ExecuteAsync(books, one.Databases[0]);
        const string template = "upgraded";
        await server.MakeAsync(template, one.Databases[0]);
        return template;
    }
}
