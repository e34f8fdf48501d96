using System.Text.Json;
using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Parts;

/// <summary>Saves of many small schemas, and of one large database, against PostgreSQL's own program called by hand.</summary>
internal static class Saving
{
    private const int Tables = 8;

    /// <param name="megabytes">Of the large database's tables, without indexes.</param>
    public static async Task RunAsync(Server server, string work, int count, int megabytes, int rounds)
    {
        // pg_dump reads the whole catalogue each time: with 1,000 schemas one round of it takes eight minutes.
        await SchemasAsync(server, Path.Combine(work, "schemas"), count, rounds: 1);
        await DatabaseAsync(server, Path.Combine(work, "database"), megabytes, rounds);
    }

    private static async Task SchemasAsync(Server server, string work, int count, int rounds)
    {
        var fleet = new SchemaFleet(server, work, count);
        await server.HurryAsync();
        await fleet.ResetAsync();
        var upgrade = Ours.Steps(fleet);
        await upgrade.RunAsync();
        await fleet.DemandAsync(upgrade);

        var names = fleet.File("names", string.Join('\n', fleet.Schemas) + "\n");
        var ours = new Rival(Ours.Runs(fleet, "save"), Proof.JournalOfSteps);
        var dumps = Path.Combine(work, "dumps");
        var each = new Contender("`pg_dump -Fc -n` for each", "xargs",
            "-a", names, "-I{}", "pg_dump", "-Fc", "-n", "{}", "-f", $"{dumps}/{{}}", SchemaFleet.Database);
        var theirs = new Rival(each, Proof.JournalOfSteps, new Aim(0.05)) { Environment = server.Environment };
        var readings = await OfAsync(
            rounds, server, work, dumps, ours, targets: count + 1, theirs, () => Directory.GetFiles(dumps).Length, files: count);
        Table.Print($"Saving {Table.Number(count)} schemas", count, readings);
        await fleet.DropAsync();
    }

    private static async Task DatabaseAsync(Server server, string work, int megabytes, int rounds)
    {
        await server.HurryAsync();
        await MakeLargeAsync(server, megabytes);
        var root = await MakeInstallationAsync(server, work);
        var ours = new Rival(
            new Contender("`krang-upgrade save large`", Built.Host, "save", "large", "--root", root, "--quiet"), Proof.JournalOfSteps);
        var dumps = Path.Combine(work, "dumps");
        var theirs = new Rival(new Contender("`pg_dump -Fd -j2`", "pg_dump", "-Fd", "-j2", "-f", $"{dumps}/large", "large"),
            Proof.JournalOfSteps, new Aim(1.1))
        {
            Environment = server.Environment,
        };
        var readings = await OfAsync(
            rounds, server, work, dumps, ours, targets: 1, theirs, () => Directory.GetFiles($"{dumps}/large").Length, files: Tables + 1);
        Table.Print($"Saving one database of {Table.Number(megabytes)} MiB", 1, readings);
        await server.DropAsync("large");
    }

    internal static async Task MakeLargeAsync(Server server, int megabytes)
    {
        await server.MakeAsync("large");
        // A text of 1,000 characters that compresses as text does, in about 1.1 kB of table.
        for (var i = 1; i <= Tables; i++)
            await server.ExecuteAsync($"""
                CREATE TABLE t{i} AS SELECT id, rpad(md5(id::text) || repeat('lorem ipsum ' || id, 30), 1000, md5(id::text)) AS story
                FROM generate_series(1, {(long)megabytes * 1024 * 1024 / Tables / 1100}) AS id;
                ALTER TABLE t{i} ADD PRIMARY KEY (id);
                """, "large");
    }

    /// <summary>All of its tables must be there and hold something.</summary>
    internal static async Task DemandLargeAsync(Server server)
    {
        const string full = "SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]$' AND relkind = 'r' AND pg_relation_size(oid) > 0";
        Demand((int)await server.AskAsync<long>(full, "large"), Tables);
    }

    /// <returns>Its root, below the directory.</returns>
    internal static async Task<string> MakeInstallationAsync(Server server, string work)
    {
        var root = Directory.CreateDirectory(Path.Combine(work, "krang")).FullName;
        Directory.CreateDirectory(Path.Combine(root, "upgrade"));
        await File.WriteAllTextAsync(Path.Combine(root, "krang-upgrade.json"), JsonSerializer.Serialize(new
        {
            Installation = new { Name = "bench", Database = server.ConnectionTo("postgres") },
            Instances = new { large = new { Database = "Database=large" } },
        }));
        return root;
    }

    /// <summary>Neither finds what the other, or a round before, has written.</summary>
    private static async Task<IReadOnlyList<Reading>> OfAsync(
        int rounds, Server server, string work, string dumps, Rival ours, int targets, Rival theirs, Func<int> written, int files)
    {
        Directory.CreateDirectory(dumps);
        return await Rounds.OnTheSameAsync(rounds, server, (ours, OursAsync), (theirs, TheirsAsync));

        Task OursAsync()
        {
            DemandSaved(work, targets);
            Directory.Delete(SavesBelow(work), recursive: true);
            return Task.CompletedTask;
        }

        Task TheirsAsync()
        {
            Demand(written(), files);
            Directory.Delete(dumps, recursive: true);
            Directory.CreateDirectory(dumps);
            return Task.CompletedTask;
        }
    }

    private static string SavesBelow(string work) => Path.Combine(work, "krang", "data", "upgrade-saves");

    /// <summary>One save, of so many targets.</summary>
    private static void DemandSaved(string work, int targets)
    {
        var manifest = Path.Combine(Directory.GetDirectories(SavesBelow(work)).Single(), "manifest.json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(manifest));
        Demand(document.RootElement.GetProperty("targets").GetArrayLength(), targets);
    }

    private static void Demand(int written, int wanted)
    {
        if (written != wanted) throw new InvalidOperationException($"{written} of {wanted} were written.");
    }
}
