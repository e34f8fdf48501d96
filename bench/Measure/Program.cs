using System.Diagnostics;
using System.Globalization;
using Npgsql;
using PluginUpgrade.Catalogue;
using PluginUpgrade.Measure;
using PluginUpgrade.Postgres.Embedded;

// Measure [ROUNDS]: prints all figures as Markdown. Measure scan DIRECTORY: the milliseconds of one scan, in this fresh process.
if (args is ["scan", var directory])
{
    var begin = Stopwatch.GetTimestamp();
    var catalogue = ModuleCatalogue.Scan(directory);
    var time = Stopwatch.GetElapsedTime(begin);
    if (catalogue is { Modules.Count: 0 } or { Problems.Count: > 0 }) throw new InvalidOperationException($"{directory} is in disorder.");
    Console.WriteLine(time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
    return;
}

var rounds = args is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 15;
var work = Directory.CreateTempSubdirectory("krang-upgrade-bench-").FullName;
try
{
    var files = Path.Combine(work, "postgres");
    await using var server = await EmbeddedServer.StartAsync(files, new EmbeddedServerOptions(), CancellationToken.None);
    await Bench.RunAsync(server, work, rounds);
}
finally
{
    NpgsqlConnection.ClearAllPools();
    Directory.Delete(work, recursive: true);
}
