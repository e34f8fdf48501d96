using System.Collections.Concurrent;
using Npgsql;

namespace PluginUpgrade.Postgres;

/// <summary>
/// Types that steps created after connections had loaded the types of their database. Npgsql loads them once, when a database's first
/// connection is opened, and cannot read a value of a type that it has not loaded. Loading takes the server more than a second where it has
/// 10,000 schemas, so it is repeated only after a step created a type, and only for targets that may use it.
/// </summary>
public sealed class NewTypes
{
    private readonly ConcurrentDictionary<string, long> _made = new();
    private long _now;

    /// <summary>A counter for the present moment; later values are greater.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>Call this after the commit: connections that load types from now on get these.</summary>
    public void Add(Target target, MadeTypes made)
    {
        // All targets may use what is in the installation's schema.
        var isShared = made.Elsewhere || made.InSchema && target.Scope == Scope.Installation;
        if (made.InSchema) _made[Key(target, target.Schema)] = Interlocked.Increment(ref _now);
        if (isShared) _made[Key(target, "")] = Interlocked.Increment(ref _now);
    }

    /// <summary>Whether this target may use types that were created after the moment <paramref name="then"/>.</summary>
    public bool AreThere(Target target, long then) =>
        _made.GetValueOrDefault(Key(target, target.Schema)) > then || _made.GetValueOrDefault(Key(target, "")) > then;

    private static string Key(Target target, string schema) => $"{target.Server}\n{target.DatabaseName}\n{schema}";

    /// <summary>The newest type's oid, for <see cref="After"/>.</summary>
    public const string Newest = "(SELECT pg_catalog.max(t.oid)::bigint FROM pg_catalog.pg_type t)";

    /// <summary>
    /// The oid after which new types are found. Oids ascend; near the maximum, where they start again, all types count as new.
    /// </summary>
    public static long After(long newest) => newest < 4_000_000_000 ? newest : 0;

    /// <summary>
    /// Two columns for <see cref="MadeTypes.Read"/>: the schemas that contain newer types. Row types of tables and array types do not
    /// count: Npgsql does not load the former, and loads the latter with their elements. There are two scans by oid and no join, because
    /// the query is planned again for each step. It is safe under a module's search path: each operator's operands have exactly its types.
    /// </summary>
    /// <param name="newest">A bigint parameter: <see cref="After"/>.</param>
    public static string Query(string newest) => $"""
        ARRAY(SELECT t.typnamespace::pg_catalog.regnamespace::pg_catalog.text FROM pg_catalog.pg_type t
              WHERE t.oid > {newest}::pg_catalog.oid AND {ServerTypes.IsOwn}),
        ARRAY(SELECT c.relnamespace::pg_catalog.regnamespace::pg_catalog.text FROM pg_catalog.pg_class c
              WHERE c.oid > {newest}::pg_catalog.oid AND c.oid >= {ServerTypes.FirstOwn} AND c.relkind = 'c')
        """;
}

/// <summary>Where a step created types: in its target's schema, or in other schemas, where other targets may use them too.</summary>
public readonly record struct MadeTypes(bool InSchema, bool Elsewhere)
{
    public bool Any => InSchema || Elsewhere;

    public MadeTypes And(MadeTypes more) => new(InSchema || more.InSchema, Elsewhere || more.Elsewhere);

    /// <param name="row">Its first columns are those of <see cref="NewTypes.Query"/>.</param>
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
