using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using PluginUpgrade.Bench.Fleets;
using PluginUpgrade.Bench.Rivals;
using PluginUpgrade.Measure;

namespace PluginUpgrade.Bench.Parts;

/// <summary>
/// Side-by-side upgrades: a fleet of small schemas, beside psql that builds the same and drops and renames by hand; and how long a reader
/// and a writer of one busy schema wait during its swaps.
/// </summary>
internal static class Swaps
{
    private const string Prepared = "swaps_prepared";
    private const int Rows = 1000, Sessions = 4;

    public static async Task RunAsync(Server server, string work, int count, int rounds)
    {
        await FleetAsync(server, Path.Combine(work, "fleet"), count, rounds);
        await WaitsAsync(server, Path.Combine(work, "waits"), Math.Min(count, 100));
    }

    private static async Task FleetAsync(Server server, string work, int count, int rounds)
    {
        var fleet = new SchemaFleet(server, work, count);
        var root = await PrepareAsync(server, fleet);
        var ours = new Rival(new Contender(
            "`krang-upgrade`; the old schemas kept", Built.Host, "--yes", "--root", root, "--quiet"), Proof.JournalOfSteps);
        var theirs = new Rival(new Contender(
            "psql, 4 sessions: `DROP SCHEMA`, `RENAME`", "xargs", "-a", Scripts(fleet), $"-P{Sessions}", "-I{}",
            "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", SchemaFleet.Database, "-f", "{}"), Proof.JournalOfSteps)
        {
            Environment = server.Environment,
        };
        var readings = await Rounds.OnCopiesAsync(rounds, server, () => server.RenewAsync(SchemaFleet.Database, Prepared),
            (ours, () => DemandAsync(server, fleet)), (theirs, () => DemandAsync(server, fleet)));
        await server.HurryAsync();
        Table.Print($"Swapping {Table.Number(count)} schemas", count, readings);
        var (own, other) = (readings[0].Median, readings[1].Median);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count * 1000 / own:0} swaps per second, {own / other:0.0} times the time of psql.\n"));
        await server.DropAsync(Prepared);
        await fleet.DropAsync();
    }

    /// <summary>Schemas at 1.7, each with a table of a thousand rows; kept as a template.</summary>
    /// <returns>The root of the installation.</returns>
    private static async Task<string> PrepareAsync(Server server, SchemaFleet fleet)
    {
        await server.HurryAsync();
        await fleet.ResetAsync();
        foreach (var schema in fleet.Schemas)
            await server.ExecuteAsync($"""
                CREATE TABLE {schema}.item (id bigserial PRIMARY KEY, name text NOT NULL);
                INSERT INTO {schema}.item (name) SELECT 'item ' || i FROM generate_series(1, {Rows}) i
                """, SchemaFleet.Database);
        var root = MakeInstallation(fleet);
        await new Contender("baseline", Built.Host, "baseline", "1.7", "--yes", "--root", root, "--quiet").RunAsync();
        await server.ExecuteAsync("VACUUM ANALYZE", SchemaFleet.Database);
        await server.MakeAsync(Prepared, SchemaFleet.Database);
        return root;
    }

    private static string MakeInstallation(SchemaFleet fleet)
    {
        var (key, instances) = fleet.Instances;
        var settings = fleet.File("krang/krang-upgrade.json", JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Installation"] = fleet.Installation,
            [key] = instances,
            ["Run"] = new { Parallel = Sessions, PerServer = 2 * Sessions },
        }));
        var root = Path.GetDirectoryName(settings)!;
        var drop = Directory.CreateDirectory(Path.Combine(root, "upgrade", "V2_000")).FullName;
        foreach (var file in Directory.EnumerateFiles(Built.BesideModule, "*.dll"))
            File.Copy(file, Path.Combine(drop, Path.GetFileName(file)));
        return root;
    }

    private static string Scripts(SchemaFleet fleet)
    {
        var parts = fleet.Schemas.Chunk((fleet.Count + Sessions - 1) / Sessions)
            .Select((schemas, i) => fleet.File($"psql/{i}.sql", string.Concat(schemas.Select(Script))));
        return fleet.File("psql/parts", string.Join('\n', parts) + "\n");
    }

    private static string Script(string schema) => $"""
        SET client_min_messages = error;
        BEGIN; CREATE SCHEMA {schema}__next;
        CREATE TABLE {schema}__next.item (id bigint PRIMARY KEY, name text NOT NULL, length integer NOT NULL);
        CREATE SEQUENCE {schema}__next.item_id_seq OWNED BY {schema}__next.item.id;
        INSERT INTO {schema}__next.item SELECT id, name, length(name) FROM {schema}.item;
        COMMIT;
        BEGIN; LOCK TABLE {schema}.item IN ACCESS EXCLUSIVE MODE; DROP SCHEMA {schema} CASCADE;
        ALTER SCHEMA {schema}__next RENAME TO {schema}; COMMIT;

        """;

    private static async Task DemandAsync(Server server, SchemaFleet fleet)
    {
        var each = string.Join(" UNION ALL ", fleet.Schemas.Take(50).Select(
            schema => $"SELECT count(*) = {Rows} AND min(length) > 0 AS ok FROM {schema}.item"));
        if (!await server.AskAsync<bool>($"SELECT bool_and(ok) FROM ({each}) proofs", SchemaFleet.Database))
            throw new InvalidOperationException("Not all schemas were swapped.");
    }

    /// <summary>One schema, swapped and rolled back; the longest wait of each client during each upgrade.</summary>
    private static async Task WaitsAsync(Server server, string work, int swaps)
    {
        var fleet = new SchemaFleet(server, work, 1);
        var root = await PrepareAsync(server, fleet);
        await server.SettleAsync();
        var schema = fleet.Schemas[0];
        var (reads, writes) = (new List<double>(), new List<double>());
        await using (var reader = new Client(server, $"SELECT count(*) FROM {schema}.item WHERE id < 10"))
        await using (var writer = new Client(server, $"UPDATE {schema}.item SET name = name WHERE id = 7"))
            for (var i = 0; i < swaps; i++)
            {
                reader.Begin();
                writer.Begin();
                await RunAsync("upgrade", schema);
                reads.Add(reader.Longest);
                writes.Add(writer.Longest);
                Progress.Tell(i + 1, FormattableString.Invariant($"reader {reads[^1]:0} ms, writer {writes[^1]:0} ms"));
                await RunAsync("rollback", schema);
                await RunAsync("purge", schema);
            }
        await server.HurryAsync();
        Console.WriteLine($"### The longest wait of one client during an upgrade, {swaps} upgrades of one schema\n");
        Console.WriteLine("| | median | 99th percentile | max |");
        Console.WriteLine("|---|---|---|---|");
        Print("a reader", reads);
        Print("a writer", writes);
        Console.WriteLine();
        await server.DropAsync(Prepared);
        await fleet.DropAsync();

        Task RunAsync(params string[] words) =>
            new Contender(words[0], Built.Host, [.. words, "--yes", "--root", root, "--quiet"]).RunAsync();
    }

    private static void Print(string who, List<double> waits)
    {
        var ordered = waits.Order().ToList();
        var at99 = ordered[(int)Math.Ceiling(ordered.Count * 0.99) - 1];
        var verdict = at99 <= 100 ? "(aim ≤ 100 ms)" : "**(aim ≤ 100 ms missed)**";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {who} | {ordered[ordered.Count / 2]:0} ms | {at99:0} ms {verdict} | {ordered[^1]:0} ms |"));
    }

    /// <summary>Sends one statement again and again.</summary>
    private sealed class Client : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _working;
        private double _longest;

        public Client(Server server, string sql) => _working = Task.Run(async () =>
        {
            await using var connection = new NpgsqlConnection(server.ConnectionTo(SchemaFleet.Database));
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand(sql, connection);
            while (!_end.IsCancellationRequested)
            {
                var begin = Stopwatch.GetTimestamp();
                await command.ExecuteNonQueryAsync();
                _longest = Math.Max(_longest, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
                await Task.Delay(1);
            }
        });

        /// <summary>Milliseconds, since <see cref="Begin"/>.</summary>
        public double Longest => Volatile.Read(ref _longest);

        public void Begin() => Volatile.Write(ref _longest, 0);

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _working;
            _end.Dispose();
        }
    }
}
