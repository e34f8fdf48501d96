namespace PluginUpgrade.Schemas.Changes;

public sealed record CreateType(string Name, IReadOnlyList<string> Values) : SchemaChange
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("create enum", [Name, .. Values]);

    public override string Summary => $"creates type {Name}";

    public override IReadOnlyList<string> Sql(string schema) =>
        [$"CREATE TYPE {SqlName.In(schema, Name)} AS ENUM ({string.Join(", ", Values.Select(SqlName.Literal))})"];
}

/// <param name="After">Null: at the end.</param>
/// <param name="Last">The value at the end before it.</param>
public sealed record AddValue(string Enum, string Value, string? After, string? Last) : SchemaChange
{
    public override SchemaPhase Phase => SchemaPhase.Values;

    public override string Canonical => CanonicalLine.Of("add value", Enum, Value, After ?? Last);

    public override string Summary => $"adds value {Value} to {Enum}";

    public override IReadOnlyList<string> Sql(string schema) =>
    [
        $"ALTER TYPE {SqlName.In(schema, Enum)} ADD VALUE IF NOT EXISTS {SqlName.Literal(Value)}"
        + (After is null ? "" : $" AFTER {SqlName.Literal(After)}"),
    ];
}

public sealed record RenameValue(string Enum, string Value, string NewName) : SchemaChange
{
    public override SchemaPhase Phase => SchemaPhase.Expand;

    public override string Canonical => CanonicalLine.Of("rename value", Enum, Value, NewName);

    public override string Summary => $"renames value {Value} of {Enum} to {NewName}";

    public override IReadOnlyList<string> Sql(string schema) =>
        [$"ALTER TYPE {SqlName.In(schema, Enum)} RENAME VALUE {SqlName.Literal(Value)} TO {SqlName.Literal(NewName)}"];
}

public sealed record DropType(string Name) : SchemaChange
{
    public override SchemaPhase Phase => SchemaPhase.Contract;

    public override string Canonical => CanonicalLine.Of("drop enum", Name);

    public override string Summary => $"drops type {Name}";

    public override IReadOnlyList<string> Sql(string schema) => [$"DROP TYPE {SqlName.In(schema, Name)} RESTRICT"];
}
