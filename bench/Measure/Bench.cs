using System.Globalization;
using Npgsql;
using PluginUpgrade.Postgres.Embedded;

namespace PluginUpgrade.Measure;

/// <summary>What is measured, in the order of the report.</summary>
internal static class Bench
{
    private const int Many = 1000;

    /// <param name="work">A directory for installations.</param>
    public static async Task RunAsync(EmbeddedServer server, string work, int rounds)
    {
        var small = await Installation.MakeAsync(Path.Combine(work, "small"), await DatabaseAsync(server, "small"), 3);
        var large = await Installation.MakeAsync(Path.Combine(work, "large"), await DatabaseAsync(server, "large"), Many);
        await small.Runs("upgrade").RunAsync();
        await large.Runs("baseline", "1.0500", "--yes").RunAsync();

        await StartUpAsync(small, rounds);
        await StatusAsync(small, server.ConnectionTo("small"), rounds);
        await CatalogueAsync(large, rounds);
        await LoadedAsync(large);
    }

    private static async Task StartUpAsync(Installation installation, int rounds)
    {
        Console.WriteLine("### Start-up\n");
        Contender[] contenders = [new("an empty program", Built.Empty), installation.Runs("--help")];
        Series.Print(await Series.OfAsync(rounds, contenders));
        await Cost.PrintAsync(contenders);
    }

    private static async Task StatusAsync(Installation installation, string database, int rounds)
    {
        Console.WriteLine("### `status` with one instance, the server running\n");
        Contender[] contenders = [new("one connection, one row", Built.OneQuery, database), installation.Runs("status")];
        Series.Print(await Series.OfAsync(rounds, contenders));
        await Cost.PrintAsync(contenders);
    }

    private static async Task CatalogueAsync(Installation installation, int rounds)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"### A drop folder of {Many:N0} module DLLs\n"));
        var scan = new Contender("the scan alone, in a fresh process", Environment.ProcessPath!, "scan", installation.DropFolder);
        List<double> scans = [];
        for (var round = 0; round <= rounds; round++)
        {
            var reading = double.Parse((await scan.RunAsync()).Output, CultureInfo.InvariantCulture);
            if (round > 0) scans.Add(reading);
        }
        var verb = installation.Runs("modules");
        Series.Print([new Series(scan.Name, scans), .. await Series.OfAsync(rounds, verb)]);
        await Cost.PrintAsync(verb);
    }

    /// <summary>A module's assembly is named as its class is.</summary>
    private static async Task LoadedAsync(Installation installation)
    {
        var run = installation.Runs("--from", "1.0500", "--to", "1.0503");
        var loaded = (await Cost.OfAsync(run)).Assemblies.Where(name => name.StartsWith("V1_", StringComparison.Ordinal)).Order();
        Console.WriteLine($"Modules that {run.Name} loaded: {string.Join(", ", loaded)}.");
    }

    private static async Task<string> DatabaseAsync(EmbeddedServer server, string name)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return server.ConnectionTo(name);
    }
}
