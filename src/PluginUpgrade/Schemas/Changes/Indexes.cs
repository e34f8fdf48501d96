using static PluginUpgrade.PostgresName;

namespace PluginUpgrade.Schemas.Changes;

/// <param name="Concurrently">Whatever the table's size.</param>
public sealed record CreateIndex(TableName On, IndexDefinition Index, bool Concurrently) : TableChange(On)
{
    /// <summary>That of a table that the same version creates comes with it.</summary>
    public override SchemaPhase Phase => On.Before is null ? SchemaPhase.Expand : SchemaPhase.Demand;

    public override bool IsAlwaysLarge => Concurrently && On.Before is not null;

    public override string Canonical => CanonicalLine.Of("create index", On.Name, Index.Canonical);

    public override string Summary => $"creates index {Index.Name} of {On}";

    public override IReadOnlyList<string> Sql(string schema) =>
        [$"CREATE {(Index.IsUnique ? "UNIQUE " : "")}INDEX {Quote(Index.Name)} ON {On.In(schema)}{Index.Sql}"];

    public override IReadOnlyList<string> SqlOfLarge(string schema) =>
        On.Before is null ? Sql(schema) : ConcurrentIndex.Sql(schema, On, Index);
}

public sealed record RenameIndex(TableName On, string Index, string NewName) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("rename index", Index, NewName);

    public override string Summary => $"renames index {Index} to {NewName}";

    public override IReadOnlyList<string> Sql(string schema) => [$"ALTER INDEX {SqlName.In(schema, Index)} RENAME TO {Quote(NewName)}"];
}

public sealed record DropIndex(TableName On, string Index) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Contract;

    public override string Canonical => CanonicalLine.Of("drop index", Index);

    public override string Summary => $"drops index {Index} of {On}";

    public override IReadOnlyList<string> Sql(string schema) => [$"DROP INDEX {SqlName.In(schema, Index)} RESTRICT"];
}

/// <summary>An index that is built without blocking writers. An interrupted attempt may have begun or finished it.</summary>
internal static class ConcurrentIndex
{
    /// <summary>Exists only during the comparison of two definitions.</summary>
    private const string Scratch = "krang_upgrade_index";

    public static IReadOnlyList<string> Sql(string schema, TableName on, IndexDefinition index)
    {
        var unique = index.IsUnique ? "UNIQUE " : "";
        return
        [
            Look(schema, on, index),
            $"CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS {Quote(index.Name)} ON {on.In(schema)}{index.Sql}",
        ];
    }

    /// <summary>
    /// Drops an invalid index of that name, and accepts a valid one only if the server shows its definition as that of the same index on an
    /// empty copy of the table.
    /// </summary>
    private static string Look(string schema, TableName on, IndexDefinition index)
    {
        var (name, scratch, copied) = (SqlName.In(schema, index.Name), SqlName.In(schema, Scratch), SqlName.In(schema, $"{Scratch}_1"));
        return SqlName.Block($"""
            DECLARE
              krang_found pg_catalog.oid := pg_catalog.to_regclass({SqlName.Literal(name)});
            BEGIN
              IF krang_found IS NULL THEN RETURN; END IF;
              IF EXISTS (SELECT FROM pg_catalog.pg_index WHERE indexrelid = krang_found AND NOT indisvalid) THEN
                DROP INDEX {name};
                RETURN;
              END IF;
              CREATE TABLE {scratch} (LIKE {on.In(schema)});
              CREATE {(index.IsUnique ? "UNIQUE " : "")}INDEX {Quote($"{Scratch}_1")} ON {scratch}{index.Sql};
              IF NOT EXISTS (SELECT FROM pg_catalog.pg_index f, pg_catalog.pg_index s
                WHERE f.indexrelid = krang_found AND s.indexrelid = {SqlName.Literal(copied)}::pg_catalog.regclass
                  AND f.indrelid = {SqlName.Literal(on.In(schema))}::pg_catalog.regclass AND f.indisunique = s.indisunique
                  AND pg_catalog.substring(pg_catalog.pg_get_indexdef(f.indexrelid), ' USING .*')
                    = pg_catalog.substring(pg_catalog.pg_get_indexdef(s.indexrelid), ' USING .*')) THEN
                RAISE EXCEPTION USING ERRCODE = 'duplicate_object', MESSAGE = {SqlName.Literal($"{name} exists with another definition")},
                  HINT = 'Compare it with the declaration, then rename or drop it.';
              END IF;
              DROP TABLE {scratch};
            END
            """);
    }
}
