using Npgsql;
using PluginUpgrade.Journals;
using PluginUpgrade.Postgres;

namespace PluginUpgrade.Swaps.Kept;

/// <summary>Which schemas exist, and whether this role may rename or drop them.</summary>
internal sealed record SchemaRights
{
    private bool MayCreate { get; init; }

    private Dictionary<string, (long Oid, bool IsOwner, bool HasJournal)> Schemas { get; init; } = [];

    /// <summary>Null if there is no such schema.</summary>
    public long? OidOf(string schema) => Schemas.TryGetValue(schema, out var found) ? found.Oid : null;

    public bool HasJournal(string schema) => Schemas.TryGetValue(schema, out var found) && found.HasJournal;

    /// <param name="renames">Whether schemas are renamed, which needs more than to own them.</param>
    public IEnumerable<Problem> Problems(Target target, bool renames = true)
    {
        if (renames && !MayCreate) yield return KeptProblem.MayNot(target, [], mayCreate: false);
        List<string> others = [.. Schemas.Where(schema => !schema.Value.IsOwner).Select(schema => schema.Key)];
        if (others.Count > 0) yield return KeptProblem.MayNot(target, others, mayCreate: true);
    }

    public static async Task<SchemaRights> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<string> schemas, CancellationToken cancellationToken)
    {
        var batch = new QueryBatch(connection);
        var mayCreate = batch.Add(
            "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')", row => row.GetBoolean(0));
        var found = batch.Add("""
            SELECT n.nspname::text, n.oid::bigint, pg_catalog.pg_has_role(n.nspowner, 'USAGE'),
                   EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = $2)
            FROM pg_catalog.unnest($1::text[]) AS s(name) JOIN pg_catalog.pg_namespace n ON n.nspname = s.name
            """, row => KeyValuePair.Create(row.GetString(0), (row.GetInt64(1), row.GetBoolean(2), row.GetBoolean(3))),
            Sql.Array(schemas), Journal.TableName);
        await batch.ReadAsync(cancellationToken);
        return new SchemaRights { MayCreate = mayCreate[0], Schemas = found.ToDictionary() };
    }
}
