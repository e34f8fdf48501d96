using System.Collections.Concurrent;
using PluginUpgrade.Postgres;
using PluginUpgrade.Postgres.Programs;
using PluginUpgrade.Unix;

namespace PluginUpgrade.Saves;

/// <summary>Reads how much there is to save, and plans the save. Changes nothing.</summary>
public sealed class SavePlanner(SaveContext context)
{
    /// <summary>Compressed tables are seldom smaller than this fraction of their size.</summary>
    private const int MostCompressed = 10;

    /// <exception cref="UpgradeException">Everything that prevents the save: programs, disk space, locks, the directory.</exception>
    public async Task<SavePlan> PlanAsync(IReadOnlyList<Target> targets, CancellationToken cancellationToken)
    {
        if (targets.Count == 0) throw new UpgradeException(SaveProblem.NothingToSave());
        var programs = await ClientPrograms.FindAllAsync(context.Programs, cancellationToken);
        var databases = targets.GroupBy(target => target.Database).Select(group => (IReadOnlyList<Target>)[.. group]).ToList();
        ConcurrentBag<Problem> problems = [];
        var found = new (IReadOnlyList<PlannedArchive> Archives, IReadOnlyList<Problem> Problems)[databases.Count];
        using var limits = new ServerLimits(context.PerServer, context.Connection.Servers);
        var options = new ParallelOptions { MaxDegreeOfParallelism = context.Parallel, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, databases.Count, options, async (i, token) =>
        {
            using var slot = await limits.EnterAsync(databases[i][0].Server, databases[i][0].Database, token);
            found[i] = await ArchivesAsync(databases[i], programs, token);
        });
        var plan = new SavePlan(Archives.Named(found.SelectMany(one => one.Archives)), FreeOf(context.Directory))
        {
            Warnings = Problem.Together(found.SelectMany(one => one.Problems).Warnings()),
        };
        problems = [.. found.SelectMany(one => one.Problems).Errors()];
        if (new SaveDirectory(context.Directory).Insecure() is { } insecure) problems.Add(insecure);
        else if (plan.Bytes / MostCompressed > plan.Free) problems.Add(SaveProblem.NoRoom(context.Directory, plan.Free, plan.Bytes));
        return problems.IsEmpty ? plan : throw new UpgradeException(Problem.Together(problems.Reverse()));
    }

    private async Task<(IReadOnlyList<PlannedArchive>, IReadOnlyList<Problem>)> ArchivesAsync(
        IReadOnlyList<Target> targets, IReadOnlyList<ClientPrograms> programs, CancellationToken cancellationToken)
    {
        try
        {
            var schemas = targets.Any(target => target.OwnDatabase) ? null : targets.Select(target => target.Schema).Distinct().ToList();
            var size = await DatabaseSize.ReadAsync(targets[0], schemas, context.Connection, cancellationToken);
            if (ClientPrograms.For(programs, size.Major) is { } fitting)
            {
                List<Target> parts = [.. targets.Where(target => !target.OwnDatabase).DistinctBy(target => target.Schema)];
                var links = await SchemaLinks.ReadAsync(
                    targets[0], [.. parts.Select(target => target.Schema)], context.Connection, cancellationToken);
                var (archives, problems) = new Archives(
                    context.SchemasPerArchive, Math.Min(context.Parallel, context.PerServer), Environment.ProcessorCount)
                    .Of(targets, size, fitting, links);
                return (archives, [.. problems, .. Later(parts, links, size)]);
            }
            return ([], [await ClientPrograms.MissingAsync(programs, context.Programs, targets[0].Server, size.Major, cancellationToken)]);
        }
        catch (UpgradeException e)
        {
            return ([], e.Problems);
        }
    }

    /// <summary>What the restore will refuse if nothing changes until then.</summary>
    private static IEnumerable<Problem> Later(IReadOnlyList<Target> parts, SchemaLinks links, DatabaseSize size) =>
    [
        .. parts.Where(target => links.ExternalDependents.ContainsKey(target.Schema))
            .Select(target => SaveProblem.ExternalDependents(target, links.ExternalDependents[target.Schema]))
            .Select(problem => problem with { Severity = Severity.Warning }),
        .. parts.Where(target => size.Schemas.GetValueOrDefault(target.Schema).LocksToRestore > size.Room)
            .Select(target => SaveProblem.TooManyLocksToRestore(
                target, size.Schemas[target.Schema].LocksToRestore, size.Room, Severity.Warning)),
    ];

    /// <summary>The free bytes of the disk on which the directory is, or will be.</summary>
    private static long FreeOf(string directory) => new DriveInfo(ExistingPath.Directory(directory).Path).AvailableFreeSpace;
}
