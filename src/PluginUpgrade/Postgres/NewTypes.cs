using System.Collections.Concurrent;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>
/// Types that steps have made since connections learned the types of their database. Npgsql loads them once, when a database's first
/// connection is opened, and reads no value of a type that it has not loaded. To load them takes the server more than a second where it has
/// 10,000 schemas, so that is done again only where a step made one, and only for targets that may meet it.
/// </summary>
public sealed class NewTypes
{
    private readonly ConcurrentDictionary<string, long> _made = new();
    private long _now;

    /// <summary>A number for this moment; later ones are greater.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>To be called when they are committed: who loads types from now on gets these.</summary>
    public void Add(Target target, MadeTypes made)
    {
        // What the installation's schema holds is for everybody.
        var isShared = made.Elsewhere || made.InSchema && target.Scope == Scope.Installation;
        if (made.InSchema) _made[Key(target, target.Schema)] = Interlocked.Increment(ref _now);
        if (isShared) _made[Key(target, "")] = Interlocked.Increment(ref _now);
    }

    /// <summary>Whether there are some that this target may meet, and that were not there at the moment <paramref name="then"/>.</summary>
    public bool AreThere(Target target, long then) =>
        _made.GetValueOrDefault(Key(target, target.Schema)) > then || _made.GetValueOrDefault(Key(target, "")) > then;

    private static string Key(Target target, string schema) => $"{target.Server}\n{target.DatabaseName}\n{schema}";

    /// <summary>For <see cref="After"/>.</summary>
    public const string Newest = "(SELECT pg_catalog.max(t.oid)::bigint FROM pg_catalog.pg_type t)";

    /// <summary>
    /// The oid after which the types lie that are made from now on. Oids are given in ascending order; near the greatest, where they begin
    /// anew, all types count as new.
    /// </summary>
    public static long After(long newest) => newest < 4_000_000_000 ? newest : 0;

    /// <summary>
    /// Two columns, of which <see cref="MadeTypes.Read"/> makes an answer: the schemas in which newer ones lie. Tables' row types and
    /// arrays do not count: the ones Npgsql does not load, the others come with their elements. Two scans by oid and no join, since it is
    /// planned anew for each step. Safe under a module's path: every operator has its very types.
    /// </summary>
    /// <param name="newest">A parameter, a bigint: <see cref="After"/>.</param>
    public static string Query(string newest) => $"""
        ARRAY(SELECT t.typnamespace::pg_catalog.regnamespace::pg_catalog.text FROM pg_catalog.pg_type t
              WHERE t.oid > {newest}::pg_catalog.oid AND {ServerTypes.IsOwn}),
        ARRAY(SELECT c.relnamespace::pg_catalog.regnamespace::pg_catalog.text FROM pg_catalog.pg_class c
              WHERE c.oid > {newest}::pg_catalog.oid AND c.oid >= {ServerTypes.FirstOwn} AND c.relkind = 'c')
        """;
}

/// <summary>Where a step made types: in its target's schema, and in others, where other targets may meet them too.</summary>
public readonly record struct MadeTypes(bool InSchema, bool Elsewhere)
{
    public bool Any => InSchema || Elsewhere;

    public MadeTypes And(MadeTypes more) => new(InSchema || more.InSchema, Elsewhere || more.Elsewhere);

    /// <param name="row">Whose first columns are those of <see cref="NewTypes.Query"/>.</param>
    /// <param name="schema">The target's.</param>
    public static MadeTypes Read(NpgsqlDataReader row, string schema)
    {
        var schemas = row.GetFieldValue<string[]>(0).Concat(row.GetFieldValue<string[]>(1)).Select(Unquoted)
            .Where(name => !name.StartsWith("pg_temp_", StringComparison.Ordinal)).ToHashSet();
        return new MadeTypes(schemas.Contains(schema), schemas.Any(name => name != schema));
    }

    private static string Unquoted(string name) =>
        name is ['"', .. var quoted, '"'] ? quoted.Replace("\"\"", "\"", StringComparison.Ordinal) : name;
}
