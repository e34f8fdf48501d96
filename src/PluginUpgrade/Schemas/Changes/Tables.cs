using static PluginUpgrade.PostgresName;

namespace PluginUpgrade.Schemas.Changes;

/// <summary>A new table with its columns, keys and checks. Its foreign keys follow, when all tables of the version exist.</summary>
public sealed record CreateTable(
    TableName On, IReadOnlyList<ColumnDefinition> Columns, IReadOnlyList<KeyDefinition> Keys, IReadOnlyList<CheckDefinition> Checks)
    : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("create table", [On.Name, .. Columns.Select(column => column.Canonical),
        .. Keys.Select(key => key.Canonical), .. Checks.Select(check => check.Canonical)]);

    public override string Summary => $"creates {On}";

    public override IReadOnlyList<string> Sql(string schema)
    {
        string[] parts =
            [.. Columns.Select(column => column.Sql(schema)), .. Keys.Select(key => key.Sql), .. Checks.Select(check => check.Sql)];
        var contents = parts.Length == 0 ? "" : $"\n  {string.Join(",\n  ", parts)}\n";
        return [$"CREATE TABLE {On.In(schema)} ({contents})"];
    }
}

public sealed record RenameTable(TableName On, string NewName) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("rename table", On.Name, NewName);

    public override string Summary => $"renames {On} to {NewName}";

    public override IReadOnlyList<string> Sql(string schema) => [$"ALTER TABLE {On.In(schema)} RENAME TO {Quote(NewName)}"];
}

/// <param name="Since">The version since which it has existed, under whatever name.</param>
public sealed record DropTable(TableName On, UpgradeVersion Since) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Contract;

    public override UpgradeVersion? DestroysSince => Since;

    public override string Canonical => CanonicalLine.Of("drop table", On.Name);

    public override string Summary => $"drops {On}";

    public override IReadOnlyList<string> Sql(string schema) => [$"DROP TABLE {On.In(schema)} RESTRICT"];
}

/// <summary>The comment of a table, or of one of its columns.</summary>
/// <param name="Column">Null: the table.</param>
/// <param name="Text">Null: it has none any more.</param>
public sealed record CommentOn(TableName On, string? Column, string? Text) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("comment", On.Name, Column, Text);

    public override string Summary => $"comments on {On}{(Column is null ? "" : $".{Column}")}";

    public override IReadOnlyList<string> Sql(string schema) =>
    [
        $"COMMENT ON {(Column is null ? $"TABLE {On.In(schema)}" : $"COLUMN {On.In(schema)}.{Quote(Column)}")} IS "
        + (Text is null ? "NULL" : SqlName.Literal(Text)),
    ];
}
