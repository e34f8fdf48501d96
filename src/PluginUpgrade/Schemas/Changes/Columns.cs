using static PluginUpgrade.PostgresName;

namespace PluginUpgrade.Schemas.Changes;

/// <summary>
/// A new column of an existing table. One without nulls and without a default begins with nulls: the version's module fills it, and
/// <see cref="SetNotNull"/> follows.
/// </summary>
/// <param name="Position">Its number among the columns, those that were dropped included.</param>
/// <param name="InBatches">In a large table, <see cref="FillColumn"/> gives the existing rows their default.</param>
public sealed record AddColumn(TableName On, ColumnDefinition Column, int Position, bool InBatches, bool Rewrites) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override bool AllowsRewrite => Rewrites;

    public override string Canonical => CanonicalLine.Of("add column", On.Name, $"{Position}", Column.Canonical);

    public override string Summary => $"adds {On}.{Column.Name}";

    public override IReadOnlyList<string> Sql(string schema) => [$"ALTER TABLE {On.In(schema)} ADD COLUMN {Column.Sql(schema)}"];

    public override IReadOnlyList<string> SqlOfLarge(string schema) => !InBatches ? Sql(schema) :
    [
        $"ALTER TABLE {On.In(schema)} ADD COLUMN {(Column with { Default = null, NotNull = false }).Sql(schema)}",
        $"ALTER TABLE {On.In(schema)} ALTER COLUMN {Quote(Column.Name)} SET DEFAULT {Column.Default}",
    ];
}

/// <summary>Gives the existing rows of a large table the default of a new column, in transactions of a few pages each.</summary>
public sealed record FillColumn(TableName On, string Column, string Default, bool NotNull) : TableChange(On)
{
    private const int Pages = 500;

    public override SchemaPhase Phase => SchemaPhase.Demand;

    /// <summary>Only says how <see cref="AddColumn"/> is made.</summary>
    public override string Canonical => "";

    public override string Summary => $"fills {On}.{Column}";

    /// <summary>In a small table, <see cref="AddColumn"/> has done it.</summary>
    public override IReadOnlyList<string> Sql(string schema) => [];

    public override IReadOnlyList<string> SqlOfLarge(string schema) =>
        [Batches(schema), .. NotNull ? NotNullByCheck.Sql(schema, On, Column) : []];

    /// <summary>The rows that moved to a page that was done already are filled at the end.</summary>
    private string Batches(string schema)
    {
        var (table, column) = (On.In(schema), Quote(Column));
        return SqlName.Block($"""
            DECLARE
              krang_pages bigint :=
                pg_catalog.pg_relation_size({SqlName.Literal(table)}) / pg_catalog.current_setting('block_size')::bigint;
            BEGIN
              FOR krang_page IN 0 .. krang_pages BY {Pages} LOOP
                UPDATE {table} SET {column} = {Default}
                WHERE ctid >= pg_catalog.format('(%s,0)', krang_page)::pg_catalog.tid
                  AND ctid < pg_catalog.format('(%s,0)', krang_page + {Pages})::pg_catalog.tid AND {column} IS NULL;
                COMMIT;
              END LOOP;
              UPDATE {table} SET {column} = {Default} WHERE {column} IS NULL;
            END
            """);
    }
}

public sealed record RenameColumn(TableName On, string Column, string NewName) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("rename column", On.Name, Column, NewName);

    public override string Summary => $"renames {On}.{Column} to {NewName}";

    public override IReadOnlyList<string> Sql(string schema) =>
        [$"ALTER TABLE {On.In(schema)} RENAME COLUMN {Quote(Column)} TO {Quote(NewName)}"];
}

/// <param name="Since">The version since which it has existed, under whatever name.</param>
public sealed record DropColumn(TableName On, string Column, UpgradeVersion Since) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Contract;

    public override UpgradeVersion? DestroysSince => Since;

    public override string Canonical => CanonicalLine.Of("drop column", On.Name, Column);

    public override string Summary => $"drops {On}.{Column}";

    public override IReadOnlyList<string> Sql(string schema) => [$"ALTER TABLE {On.In(schema)} DROP COLUMN {Quote(Column)} RESTRICT"];
}
