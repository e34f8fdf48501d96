using System.Globalization;
using PluginUpgrade.Bench;
using PluginUpgrade.Bench.Parts;
using PluginUpgrade.Postgres.Embedded;

// Fleet PART [--rounds N] [--count N]: prints a part's figures as Markdown, and each reading as it comes on the standard error.
var options = args.Skip(1).Chunk(2).ToDictionary(pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture));
var rounds = options.GetValueOrDefault("--rounds", 5);
int Count(int usual) => options.GetValueOrDefault("--count", usual);

var work = Directory.CreateTempSubdirectory("krang-upgrade-bench-").FullName;
try
{
    var files = Path.Combine(work, "postgres");
    await using var embedded = await EmbeddedServer.StartAsync(files, new EmbeddedServerOptions(), CancellationToken.None);
    var server = new Server(embedded);
    switch (args)
    {
        case ["databases", ..]: await Databases.RunAsync(server, work, Count(100), rounds); break;
        default: throw new ArgumentException("Fleet databases|schemas|nothing|resume|memory [--rounds N] [--count N]");
    }
}
finally
{
    Directory.Delete(work, recursive: true);
}
