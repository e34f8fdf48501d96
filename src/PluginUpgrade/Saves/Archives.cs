using System.Globalization;
using PluginUpgrade.Postgres.Programs;

namespace PluginUpgrade.Saves;

/// <summary>
/// Divides targets into calls of pg_dump. Each call reads the whole catalogue of its database, so that a call for each of a thousand
/// schemas would read it a thousand times. Each call also locks all of its tables, and the server's room for locks is limited. Pure.
/// </summary>
/// <param name="schemas">The maximum number of schemas in one archive.</param>
/// <param name="sideBySide">How many calls run at a time on one server.</param>
public sealed class Archives(int schemas, int sideBySide, int processors)
{
    /// <summary>A database of this size or more is saved by several jobs, table by table: with one, it could take longest of all.</summary>
    public const long LargeDatabase = 256L << 20;

    private const int MostJobs = 8;

    /// <param name="targets">All of one database, in their order.</param>
    public (IReadOnlyList<PlannedArchive> Archives, IReadOnlyList<Problem> Problems) Of(
        IReadOnlyList<Target> targets, DatabaseSize database, ClientPrograms programs, SchemaLinks? links = null)
    {
        List<PlannedArchive> archives = [];
        List<Problem> problems = [];
        foreach (var whole in targets.Where(target => target.OwnDatabase))
        {
            if (database.Whole.Relations > database.Locks)
                problems.Add(SaveProblem.TooManyLocks(whole, "The database", database.Whole.Relations, database.Locks));
            var jobs = database.Bytes < LargeDatabase ? 0 : Math.Clamp(Math.Min(processors, sideBySide), 1, MostJobs);
            archives.Add(Archive([whole], [], database.Whole.Bytes) with { Jobs = jobs });
        }
        foreach (var chunk in Chunks([.. targets.Where(target => !target.OwnDatabase)]))
            archives.Add(Archive([.. chunk], [.. chunk.Select(target => target.Schema).Distinct()],
                chunk.DistinctBy(target => target.Schema).Sum(target => Size(target).Bytes)));
        return (archives, problems);

        PlannedArchive Archive(IReadOnlyList<Target> of, IReadOnlyList<string> names, long bytes) => new()
        {
            Name = "",
            Targets = of,
            Schemas = names,
            Bytes = bytes,
            Database = database,
            Programs = programs,
            Links = links ?? SchemaLinks.None,
        };

        SchemaSize Size(Target target) => database.Schemas.GetValueOrDefault(target.Schema);

        // Targets of one schema go into one archive. So do schemas that depend on each other: an archive is one snapshot.
        IEnumerable<List<Target>> Chunks(IReadOnlyList<Target> rest)
        {
            // Half of the room is left to other sessions.
            var room = database.Locks / 2 / sideBySide;
            var (chunk, relations, count) = (new List<Target>(), 0, 0);
            foreach (var together in Units(rest, room))
            {
                var own = Relations(together);
                if (own > database.Locks)
                    problems.Add(SaveProblem.TooManyLocks(together[0], $"Schema {together[0].Schema}", own, database.Locks));
                if (count > 0 && (count >= schemas || relations + own > room))
                {
                    yield return chunk;
                    (chunk, relations, count) = ([], 0, 0);
                }
                chunk.AddRange(together);
                (relations, count) = (relations + own, count + together.Select(target => target.Schema).Distinct().Count());
            }
            if (count > 0) yield return chunk;
        }

        IEnumerable<List<Target>> Units(IReadOnlyList<Target> rest, int room)
        {
            var bySchema = rest.GroupBy(target => target.Schema).ToDictionary(group => group.Key, group => group.ToList());
            foreach (var linked in LinkedSchemas.Groups([.. bySchema.Keys], links?.Inside ?? []))
            {
                List<List<Target>> units = [.. linked.Select(schema => bySchema[schema])];
                List<Target> all = [.. units.SelectMany(unit => unit)];
                if (units.Count == 1 || Relations(all) <= room) yield return all;
                else foreach (var unit in units) yield return unit;
                if (units.Count > 1 && Relations(all) > room) problems.Add(SaveProblem.SeveralSnapshots(all[0], linked, room));
            }
        }

        int Relations(IEnumerable<Target> of) => of.DistinctBy(target => target.Schema).Sum(target => Size(target).Relations);
    }

    /// <summary>Numbers the archives, and puts the largest first.</summary>
    public static IReadOnlyList<PlannedArchive> Named(IEnumerable<PlannedArchive> archives) =>
    [
        .. archives.Select((archive, i) => archive with
        {
            Name = string.Create(CultureInfo.InvariantCulture,
                $"{i + 1:0000}-{Slug(archive.Targets[0].DatabaseName)}{(archive.Jobs > 0 ? ".dir" : ".dump")}"),
        }).OrderByDescending(archive => archive.Bytes),
    ];

    /// <summary>For people who look into the folder. It has no character that means anything in a path.</summary>
    private static string Slug(string name)
    {
        var slug = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
        return slug.Length > 40 ? slug[..40] : slug;
    }
}
