using System.Globalization;
using System.Runtime.InteropServices;
using PluginUpgrade.Bench;
using PluginUpgrade.Bench.Parts;
using PluginUpgrade.Postgres.Embedded;

// Fleet PART [--rounds N] [--count N] [--large-rounds N]: prints a part's figures as Markdown, and each reading as it comes on the standard
// error.
var options = args.Skip(1).Chunk(2).ToDictionary(pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture));
var rounds = options.GetValueOrDefault("--rounds", 5);
// A round of all contenders with 10,000 schemas takes twenty minutes.
int RoundsOf(int count) => count < 10_000 ? rounds : options.GetValueOrDefault("--large-rounds", rounds);
int Count(int usual) => options.GetValueOrDefault("--count", usual);
int[] Counts(params int[] usual) => options.TryGetValue("--count", out var count) ? [count] : usual;

var work = Directory.CreateTempSubdirectory("krang-upgrade-bench-").FullName;
var embedded = await EmbeddedServer.StartAsync(Path.Combine(work, "postgres"), new EmbeddedServerOptions(), CancellationToken.None);
// Whoever stops it halfway is left neither with a server nor with its gigabytes. Once: what is stopped fails, and comes to its end too.
var cleaned = new Lazy<Task>(CleanUpAsync);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var ended = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    var server = new Server(embedded);
    switch (args)
    {
        case ["databases", ..]: await Databases.RunAsync(server, work, Count(100), rounds); break;
        case ["schemas", ..]: await Schemas.RunAsync(server, work, Counts(100, 1000, 10_000), RoundsOf); break;
        case ["nothing", ..]:
            foreach (var count in Counts(2000, 10_000)) await Nothing.SchemasAsync(server, work, count, rounds);
            await Nothing.DatabasesAsync(server, work, Count(1000), rounds);
            break;
        case ["resume", ..]: await Resume.RunAsync(server, work, Count(1000), rounds); break;
        case ["saves", ..]: await Saving.RunAsync(server, work, Count(1000), Count(1024), rounds); break;
        case ["restores", ..]: await Restoring.RunAsync(server, work, Count(1000), Count(1024), rounds); break;
        case ["swaps", ..]: await Swaps.RunAsync(server, work, Count(500), rounds); break;
        case ["declared", ..]: await Declared.RunAsync(server, work, Count(1000), rounds); break;
        default:
            throw new ArgumentException("Fleet databases|schemas|nothing|resume|saves|restores|swaps|declared [--rounds N] [--count N]");
    }
}
finally
{
    await cleaned.Value;
}

async Task CleanUpAsync()
{
    await embedded.DisposeAsync();
    Directory.Delete(work, recursive: true);
}

void Stop(PosixSignalContext signal)
{
    try
    {
        cleaned.Value.GetAwaiter().GetResult();
    }
    catch (IOException e)
    {
        Console.Error.WriteLine($"{work} is left: {e.Message}");
    }
    Environment.Exit(128 + (signal.Signal == PosixSignal.SIGINT ? 2 : 15));
}
