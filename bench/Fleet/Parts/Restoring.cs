using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Parts;

/// <summary>Restores of many small schemas, and of one large database, against PostgreSQL's own programs called by hand.</summary>
internal static class Restoring
{
    /// <param name="megabytes">Of the large database's tables, without indexes.</param>
    public static async Task RunAsync(Server server, string work, int count, int megabytes, int rounds)
    {
        await SchemasAsync(server, Path.Combine(work, "schemas"), count, rounds);
        await DatabaseAsync(server, Path.Combine(work, "database"), megabytes, rounds);
    }

    private static async Task SchemasAsync(Server server, string work, int count, int rounds)
    {
        var fleet = new SchemaFleet(server, work, count);
        await server.HurryAsync();
        await fleet.ResetAsync();
        var upgrade = Ours.Steps(fleet);
        await upgrade.RunAsync();
        await Ours.Runs(fleet, "save").RunAsync();
        var dumps = Directory.CreateDirectory(Path.Combine(work, "dumps")).FullName;
        var names = fleet.File("names", string.Join('\n', fleet.Schemas) + "\n");
        await new Contender("dumps", "xargs", "-a", names, "-P4", "-I{}", "pg_dump", "-Fc", "-n", "{}", "-f", $"{dumps}/{{}}",
                SchemaFleet.Database)
            .RunAsync(server.Environment);
        var ours = new Rival(Ours.Runs(fleet, "restore", "--yes"), Proof.JournalOfSteps);
        var each = new Contender("`DROP SCHEMA`, `pg_restore -1` for each, `xargs -P4`", "xargs", "-a", names, "-P4", "-I{}", "sh", "-c",
            $"psql -qXd {SchemaFleet.Database} -c 'SET client_min_messages = error; DROP SCHEMA \"{{}}\" CASCADE' && " +
            $"pg_restore -1 -d {SchemaFleet.Database} {dumps}/{{}}");
        var theirs = new Rival(each, Proof.JournalOfSteps, Aim.Faster) { Environment = server.Environment };
        Func<Task> demand = () => fleet.DemandAsync(upgrade);
        Table.Print($"Restoring {Table.Number(count)} schemas", count,
            await Rounds.OnTheSameAsync(rounds, server, (ours, demand), (theirs, demand)));
        await fleet.DropAsync();
    }

    private static async Task DatabaseAsync(Server server, string work, int megabytes, int rounds)
    {
        await server.HurryAsync();
        await Saving.MakeLargeAsync(server, megabytes);
        var root = await Saving.MakeInstallationAsync(server, work);
        await new Contender("save", Built.Host, "save", "large", "--root", root, "--quiet").RunAsync();
        var dumps = Directory.CreateDirectory(Path.Combine(work, "dumps")).FullName;
        await new Contender("dump", "pg_dump", "-Fd", "-j2", "-f", $"{dumps}/large", "large").RunAsync(server.Environment);
        var ours = new Rival(new Contender(
            "`krang-upgrade restore large`", Built.Host, "restore", "large", "--yes", "--root", root, "--quiet"), Proof.JournalOfSteps);
        var theirs = new Rival(new Contender("`dropdb`, `createdb`, `pg_restore -j2`", "sh", "-c",
            $"dropdb large && createdb -T template0 large && pg_restore -j2 -d large {dumps}/large"), Proof.JournalOfSteps, new Aim(1.1))
        {
            Environment = server.Environment,
        };
        Func<Task> demand = () => Saving.DemandLargeAsync(server);
        Table.Print($"Restoring one database of {Table.Number(megabytes)} MiB", 1,
            await Rounds.OnTheSameAsync(rounds, server, (ours, demand), (theirs, demand)));
        await server.DropAsync("large");
    }
}
