using System.Text.Json;
using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Parts;

/// <summary>A column is added to a table of each schema: declared, and by a module of one's own. Then all are checked.</summary>
internal static class Declared
{
    private const string Prepared = "declared_prepared";
    private const double CheckLimit = 5000;
    private const int Chunk = 200;

    public static async Task RunAsync(Server server, string work, int count, int rounds)
    {
        var fleet = new SchemaFleet(server, work, count);
        await server.HurryAsync();
        await fleet.ResetAsync();
        foreach (var some in fleet.Schemas.Chunk(Chunk))
            await server.ExecuteAsync(string.Concat(some.Select(schema =>
                $"CREATE TABLE {schema}.item (id bigint PRIMARY KEY, name text NOT NULL);")), SchemaFleet.Database);
        var declared = Installation(fleet, "declared", Built.Noted);
        var byHand = Installation(fleet, "by-hand", Built.NotedByHand);
        await new Contender("baseline", Built.Host, "baseline", "1.0", "--yes", "--root", declared, "--quiet").RunAsync();
        await server.ExecuteAsync("VACUUM ANALYZE", SchemaFleet.Database);
        await server.MakeAsync(Prepared, SchemaFleet.Database);

        var ours = new Rival(new Contender("declared", Built.Host, "--yes", "--root", declared, "--quiet"), Proof.JournalOfSteps);
        var other = new Rival(
            new Contender("a module by hand", Built.Host, "--yes", "--root", byHand, "--quiet"), Proof.JournalOfSteps, new Aim(1.05));
        Table.Print($"Adding a column to {Table.Number(count)} schemas", count,
            await Rounds.OnCopiesAsync(rounds, server, () => server.RenewAsync(SchemaFleet.Database, Prepared),
                (ours, () => DemandAsync(server, fleet)), (other, () => DemandAsync(server, fleet))));
        await CheckAsync(server, declared, count, rounds);
        await server.HurryAsync();
        await server.DropAsync(Prepared);
        await fleet.DropAsync();
    }

    /// <summary>The schemas have been upgraded by hand, and declare the same.</summary>
    private static async Task CheckAsync(Server server, string root, int count, int rounds)
    {
        var check = new Rival(
            new Contender("`schema check`", Built.Host, "schema", "check", "--root", root, "--quiet"), Proof.JournalOfSteps);
        var readings = await Rounds.OnTheSameAsync(rounds, server, (check, () => Task.CompletedTask));
        Table.Print($"Checking {Table.Number(count)} schemas", count, readings);
        Console.WriteLine($"It is to be at most {Table.Seconds(CheckLimit)}: {(readings[0].Median <= CheckLimit ? "met" : "**missed**")}.\n");
    }

    private static string Installation(SchemaFleet fleet, string name, string module)
    {
        var (key, instances) = fleet.Instances;
        var settings = fleet.File($"{name}/krang-upgrade.json", JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Installation"] = fleet.Installation,
            [key] = instances,
        }));
        var root = Path.GetDirectoryName(settings)!;
        var drop = Directory.CreateDirectory(Path.Combine(root, "upgrade", Path.GetFileName(Path.GetDirectoryName(module))!)).FullName;
        foreach (var file in Directory.EnumerateFiles(module, "*.dll")) File.Copy(file, Path.Combine(drop, Path.GetFileName(file)));
        return root;
    }

    private static async Task DemandAsync(Server server, SchemaFleet fleet)
    {
        const string columns =
            "SELECT count(*) FROM pg_attribute WHERE attname = 'note' AND attrelid::regclass::text ~ '^s[0-9]+[.]item$'";
        var added = await server.AskAsync<long>(columns, SchemaFleet.Database);
        if (added != fleet.Count) throw new InvalidOperationException($"{added} schemas have the column.");
    }
}
