using Microsoft.EntityFrameworkCore;
using PluginUpgrade.Bench;

// EfCore CONNECTION NAMES: migrates the databases in the file NAMES, four at a time.
var databases = await File.ReadAllLinesAsync(args[1]);
await Parallel.ForEachAsync(databases, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (database, cancellationToken) =>
{
    await using var context = new CmsContext($"{args[0]};Database={database};Pooling=false");
    await context.Database.MigrateAsync(cancellationToken);
});
