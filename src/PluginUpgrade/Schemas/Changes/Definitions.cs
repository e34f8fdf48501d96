using static PluginUpgrade.PostgresName;

namespace PluginUpgrade.Schemas.Changes;

/// <summary>A type as it was written.</summary>
/// <param name="Enum">The declared enumerated type that it is, or is an array of; null: another type.</param>
public readonly record struct ColumnType(string Text, string? Enum = null)
{
    public string Sql(string schema) =>
        Enum is null ? Text : SqlName.In(schema, Enum) + (Text.EndsWith(']') ? Text[Text.IndexOf('[')..] : "");

    public override string ToString() => Text;
}

/// <summary>A column as it begins.</summary>
public sealed record ColumnDefinition(string Name, ColumnType Type)
{
    public bool NotNull { get; init; }

    public string? Default { get; init; }

    public string? Collation { get; init; }

    /// <summary><c>ALWAYS</c> or <c>BY DEFAULT</c>; null: PostgreSQL does not number the rows.</summary>
    public string? Identity { get; init; }

    /// <summary>The sequence of <see cref="Identity"/>.</summary>
    public string? Sequence { get; init; }

    /// <summary>The expression of a generated column.</summary>
    public string? Generated { get; init; }

    /// <summary>As in CREATE TABLE and ADD COLUMN.</summary>
    public string Sql(string schema) => string.Concat(
        $"{Quote(Name)} {Type.Sql(schema)}",
        Collation is null ? "" : $" COLLATE {Collation}",
        Default is null ? "" : $" DEFAULT {SqlText.Operand(Default)}",
        Identity is null ? "" : $" GENERATED {Identity} AS IDENTITY (SEQUENCE NAME {SqlName.In(schema, Sequence!)})",
        Generated is null ? "" : $" GENERATED ALWAYS AS ({Generated}) STORED",
        NotNull ? " NOT NULL" : "");

    internal string Canonical => CanonicalLine.Of("column", Name, SqlText.Normal(Type.Text), NotNull ? "not null" : null,
        SqlText.Normal(Default), SqlText.Normal(Collation), Identity, Sequence, SqlText.Normal(Generated));
}

/// <summary>A primary key or a unique constraint.</summary>
public sealed record KeyDefinition(string Name, bool IsPrimary, IReadOnlyList<string> Columns)
{
    internal string Kind => IsPrimary ? "PRIMARY KEY" : "UNIQUE";

    public string Sql => $"CONSTRAINT {Quote(Name)} {Kind} ({SqlName.List(Columns)})";

    internal string Canonical => CanonicalLine.Of(IsPrimary ? "primary key" : "unique", [Name, .. Columns]);
}

public sealed record CheckDefinition(string Name, string Expression)
{
    public string Sql => $"CONSTRAINT {Quote(Name)} CHECK ({Expression})";

    internal string Canonical => CanonicalLine.Of("check", Name, SqlText.Normal(Expression));
}

/// <param name="To">The referenced columns; null: the primary key of a table that is not declared.</param>
public sealed record ForeignKeyDefinition(string Name, IReadOnlyList<string> Columns, string Table, IReadOnlyList<string>? To)
{
    public string? OnDelete { get; init; }

    public string? OnUpdate { get; init; }

    public bool IsDeferrable { get; init; }

    public bool IsDeferred { get; init; }

    public string Sql(string schema) => string.Concat(
        $"CONSTRAINT {Quote(Name)} FOREIGN KEY ({SqlName.List(Columns)}) REFERENCES {SqlName.In(schema, Table)}",
        To is null ? "" : $" ({SqlName.List(To)})",
        OnUpdate is null ? "" : $" ON UPDATE {OnUpdate}",
        OnDelete is null ? "" : $" ON DELETE {OnDelete}",
        IsDeferrable ? " DEFERRABLE" : "",
        IsDeferred ? " INITIALLY DEFERRED" : "");

    internal string Canonical => CanonicalLine.Of("foreign key", [Name, .. Columns, "->", Table, .. To ?? [], OnUpdate, OnDelete,
        IsDeferrable ? "deferrable" : null, IsDeferred ? "deferred" : null]);
}

/// <param name="Columns">Columns and expressions, as SQL.</param>
public sealed record IndexDefinition(string Name, string Columns)
{
    public bool IsUnique { get; init; }

    public bool NullsNotDistinct { get; init; }

    public string? Method { get; init; }

    public IReadOnlyList<string> Include { get; init; } = [];

    public string? Where { get; init; }

    /// <summary>What follows <c>CREATE INDEX name ON table</c>.</summary>
    public string Sql => string.Concat(
        Method is null ? "" : $" USING {Quote(Method)}",
        $" ({Columns})",
        Include.Count == 0 ? "" : $" INCLUDE ({SqlName.List(Include)})",
        NullsNotDistinct ? " NULLS NOT DISTINCT" : "",
        Where is null ? "" : $" WHERE {Where}");

    internal string Canonical => CanonicalLine.Of("index",
        [Name, IsUnique ? "unique" : null, NullsNotDistinct ? "nulls not distinct" : null,
        Method, SqlText.Normal(Columns), .. Include, SqlText.Normal(Where)]);
}
