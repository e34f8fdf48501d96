using static PluginUpgrade.PostgresName;

namespace PluginUpgrade.Schemas.Changes;

/// <param name="Default">The default before and after it: PostgreSQL does not convert a default's expression.</param>
public sealed record ChangeType(
    TableName On, string Column, ColumnType Type, string? Collation, string? Using, string? Default, bool Rewrites) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override bool AllowsRewrite => Rewrites;

    public override string Canonical =>
        CanonicalLine.Of("change type", On.Name, Column, SqlText.Normal(Type.Text), SqlText.Normal(Collation), SqlText.Normal(Using));

    public override string Summary => $"makes {On}.{Column} {Type}";

    public override IReadOnlyList<string> Sql(string schema)
    {
        var column = $"ALTER COLUMN {Quote(Column)}";
        var type = $"{column} TYPE {Type.Sql(schema)}{(Collation is null ? "" : $" COLLATE {Collation}")}"
            + (Using is null ? "" : $" USING {Using}");
        var all = Default is null ? type : $"{column} DROP DEFAULT, {type}, {column} SET DEFAULT {Default}";
        return [$"ALTER TABLE {On.In(schema)} {all}"];
    }
}

/// <param name="Default">Null: none.</param>
public sealed record ChangeDefault(TableName On, string Column, string? Default) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("change default", On.Name, Column, SqlText.Normal(Default));

    public override string Summary => Default is null ? $"removes the default of {On}.{Column}" : $"changes the default of {On}.{Column}";

    public override IReadOnlyList<string> Sql(string schema) =>
        [$"ALTER TABLE {On.In(schema)} ALTER COLUMN {Quote(Column)} {(Default is null ? "DROP DEFAULT" : $"SET DEFAULT {Default}")}"];
}

public sealed record DropNotNull(TableName On, string Column) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("drop not null", On.Name, Column);

    public override string Summary => $"lets {On}.{Column} be null";

    public override IReadOnlyList<string> Sql(string schema) =>
        [$"ALTER TABLE {On.In(schema)} ALTER COLUMN {Quote(Column)} DROP NOT NULL"];
}

public sealed record SetNotNull(TableName On, string Column) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Demand;

    public override string Canonical => CanonicalLine.Of("set not null", On.Name, Column);

    public override string Summary => $"forbids nulls in {On}.{Column}";

    public override IReadOnlyList<string> Sql(string schema) => [NotNullByCheck.Set(schema, On, Column)];

    public override IReadOnlyList<string> SqlOfLarge(string schema) => NotNullByCheck.Sql(schema, On, Column);
}

/// <summary>
/// Forbids nulls without reading the table under a lock that blocks others: PostgreSQL (12 and later) believes a validated check.
/// https://www.postgresql.org/docs/current/sql-altertable.html
/// </summary>
internal static class NotNullByCheck
{
    public static string Set(string schema, TableName on, string column) =>
        $"ALTER TABLE {on.In(schema)} ALTER COLUMN {Quote(column)} SET NOT NULL";

    public static IReadOnlyList<string> Sql(string schema, TableName on, string column)
    {
        var check = Quote(ObjectName.Of("krang", column, "not_null"));
        var table = $"ALTER TABLE {on.In(schema)}";
        return
        [
            $"{table} DROP CONSTRAINT IF EXISTS {check}, ADD CONSTRAINT {check} CHECK ({Quote(column)} IS NOT NULL) NOT VALID",
            $"{table} VALIDATE CONSTRAINT {check}",
            Set(schema, on, column),
            $"{table} DROP CONSTRAINT IF EXISTS {check}",
        ];
    }
}
