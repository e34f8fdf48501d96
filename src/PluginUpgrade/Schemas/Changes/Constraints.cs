using static PluginUpgrade.PostgresName;

namespace PluginUpgrade.Schemas.Changes;

/// <summary>A primary key or a unique constraint of an existing table.</summary>
/// <param name="WithNulls">Columns of a primary key that could have nulls before.</param>
/// <param name="Replaces">The primary key that ends at the same version.</param>
public sealed record AddKey(TableName On, KeyDefinition Key, IReadOnlyList<string> WithNulls, string? Replaces) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Demand;

    public override string Canonical => CanonicalLine.Of("add key", On.Name, Key.Canonical, Replaces);

    public override string Summary => $"adds {(Key.IsPrimary ? "primary key" : "unique constraint")} {Key.Name} to {On}";

    public override IReadOnlyList<string> Sql(string schema) => [Add(schema, Key.Sql)];

    public override IReadOnlyList<string> SqlOfLarge(string schema)
    {
        var index = new IndexDefinition(Key.Name, SqlName.List(Key.Columns)) { IsUnique = true };
        return
        [
            .. WithNulls.SelectMany(column => NotNullByCheck.Sql(schema, On, column)),
            .. ConcurrentIndex.Sql(schema, On, index),
            ExistingConstraint.Unless(
                schema, On, Key.Name, Add(schema, $"CONSTRAINT {Quote(Key.Name)} {Key.Kind} USING INDEX {Quote(Key.Name)}")),
        ];
    }

    private string Add(string schema, string constraint) =>
        $"ALTER TABLE {On.In(schema)} {(Replaces is null ? "" : $"DROP CONSTRAINT {Quote(Replaces)} RESTRICT, ")}ADD {constraint}";
}

/// <summary>A check of an existing table: for new rows at once, for the others when <see cref="ValidateConstraint"/> follows.</summary>
public sealed record AddCheck(TableName On, CheckDefinition Check) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("add check", On.Name, Check.Canonical);

    public override string Summary => $"adds check {Check.Name} to {On}";

    public override IReadOnlyList<string> Sql(string schema) => [$"ALTER TABLE {On.In(schema)} ADD {Check.Sql} NOT VALID"];
}

/// <param name="AfterModule">The key that it refers to is added by the same version, after the module.</param>
public sealed record AddForeignKey(TableName On, ForeignKeyDefinition Key, bool AfterModule) : TableChange(On)
{
    public override SchemaPhase Phase => AfterModule ? SchemaPhase.Demand : SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("add foreign key", On.Name, Key.Canonical);

    public override string Summary => $"adds foreign key {Key.Name} to {On}";

    /// <summary>Whether <see cref="ValidateConstraint"/> follows: a table that the same version creates is checked at once.</summary>
    internal bool IsValidatedLater => On.Before is not null || AfterModule;

    public override IReadOnlyList<string> Sql(string schema) =>
        [$"ALTER TABLE {On.In(schema)} ADD {Key.Sql(schema)}{(IsValidatedLater ? " NOT VALID" : "")}"];

    public override IReadOnlyList<string> SqlOfLarge(string schema) =>
        AfterModule ? [ExistingConstraint.Unless(schema, On, Key.Name, Sql(schema)[0])] : Sql(schema);
}

public sealed record ValidateConstraint(TableName On, string Name) : TableChange(On)
{
    public override SchemaPhase Phase => SchemaPhase.Demand;

    public override string Canonical => CanonicalLine.Of("validate", On.Name, Name);

    public override string Summary => $"validates {Name} of {On}";

    public override IReadOnlyList<string> Sql(string schema) => [$"ALTER TABLE {On.In(schema)} VALIDATE CONSTRAINT {Quote(Name)}"];
}

/// <param name="BeforeKeys">A foreign key that must give way to a new primary key of the table to which it refers.</param>
public sealed record DropConstraint(TableName On, string Name, bool BeforeKeys = false) : TableChange(On)
{
    public override SchemaPhase Phase => BeforeKeys ? SchemaPhase.Demand : SchemaPhase.Contract;

    public override string Canonical => CanonicalLine.Of("drop constraint", On.Name, Name);

    public override string Summary => $"drops constraint {Name} of {On}";

    public override IReadOnlyList<string> Sql(string schema) => [$"ALTER TABLE {On.In(schema)} DROP CONSTRAINT {Quote(Name)} RESTRICT"];

    public override IReadOnlyList<string> SqlOfLarge(string schema) =>
        BeforeKeys ? [$"ALTER TABLE {On.In(schema)} DROP CONSTRAINT IF EXISTS {Quote(Name)} RESTRICT"] : Sql(schema);
}

internal static class ExistingConstraint
{
    /// <summary>The statement, unless the table has a constraint of that name.</summary>
    public static string Unless(string schema, TableName on, string name, string statement) => SqlName.Block($"""
        BEGIN
          IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint
            WHERE conrelid = {SqlName.Literal(on.In(schema))}::pg_catalog.regclass AND conname = {SqlName.Literal(name)}) THEN
            {statement};
          END IF;
        END
        """);
}
