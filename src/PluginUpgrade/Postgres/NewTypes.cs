using System.Collections.Concurrent;

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

    /// <summary>
    /// The oid after which the types lie that are made from now on. Oids are given in ascending order; near the greatest, where they begin
    /// anew, all types count as new.
    /// </summary>
    public const string Newest = """
        (SELECT CASE WHEN t.newest < 4000000000::oid THEN t.newest::bigint ELSE 0 END
         FROM (SELECT pg_catalog.max(t.oid) AS newest FROM pg_catalog.pg_type t) t)
        """;

    /// <summary>
    /// One row: whether there are newer ones in a schema, and whether elsewhere. Tables' row types and arrays do not count: the ones
    /// Npgsql does not load, the others come with their elements. Safe under a module's path: every operator has its very types.
    /// </summary>
    /// <param name="newest">A parameter, a bigint: what <see cref="Newest"/> answered.</param>
    /// <param name="schema">A parameter, a text.</param>
    public static string Query(string newest, string schema) => $"""
        SELECT coalesce(pg_catalog.bool_or(t.typnamespace = own.oid), false) AS in_schema,
               coalesce(pg_catalog.bool_or(t.typnamespace IS DISTINCT FROM own.oid), false) AS elsewhere
        FROM pg_catalog.pg_type t, (SELECT (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = {schema}) AS oid) own
        WHERE t.oid > {newest}::oid AND t.oid >= {ServerTypes.FirstOwn} AND t.typnamespace <> pg_catalog.pg_my_temp_schema()
          AND {ServerTypes.IsLoaded}
        """;
}

/// <summary>Where a step made types: in its target's schema, and in others, where other targets may meet them too.</summary>
public readonly record struct MadeTypes(bool InSchema, bool Elsewhere)
{
    public bool Any => InSchema || Elsewhere;

    public MadeTypes And(MadeTypes more) => new(InSchema || more.InSchema, Elsewhere || more.Elsewhere);
}
