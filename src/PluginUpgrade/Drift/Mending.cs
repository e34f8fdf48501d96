using PluginUpgrade.Postgres;

namespace PluginUpgrade.Drift;

/// <summary>Statements that make a target as declared, from the descriptions of both. Pure.</summary>
/// <remarks>Texts of the descriptions name what is in the schema without it: they are run with the schema on the search path.</remarks>
internal static class Mending
{
    private const int Type = 0, Collation = 1, Default = 2, Identity = 3, Generated = 4, NotNull = 5;

    /// <summary>The item in one line.</summary>
    public static string Text(SchemaItem item) => item.Kind switch
    {
        SchemaItemKind.Column => Column(item),
        SchemaItemKind.Enum => string.Join(", ", item.Parts),
        _ => string.Join(' ', item.Parts.Where(part => part.Length > 0)),
    };

    public static IReadOnlyList<string> Make(SchemaItem item, IReadOnlyList<SchemaItem> declared, string schema) => item.Kind switch
    {
        SchemaItemKind.Enum => [$"CREATE TYPE {Named(schema, item.Name)} AS ENUM ({string.Join(", ", item.Parts.Select(Sql.Literal))})"],
        SchemaItemKind.Table => MakeTable(item, declared, schema),
        SchemaItemKind.Column => [$"{Alter(schema, item)} ADD COLUMN {PostgresName.Quote(item.Name)} {Column(item)}"],
        SchemaItemKind.Constraint => [$"{Alter(schema, item)} ADD CONSTRAINT {PostgresName.Quote(item.Name)} {item.Parts[0]}"],
        SchemaItemKind.Index => [IndexIn(schema, item)],
        SchemaItemKind.Comment => [Comment(schema, item, Sql.Literal(item.Parts[0]))],
        _ => [$"-- make the {item.Title} by hand"],
    };

    public static IReadOnlyList<string> Remove(SchemaItem item, string schema) => item.Kind switch
    {
        SchemaItemKind.Enum or SchemaItemKind.Type => [$"DROP TYPE {Named(schema, item.Name)}"],
        SchemaItemKind.Sequence => [$"DROP SEQUENCE {Named(schema, item.Name)}"],
        SchemaItemKind.Function => [$"DROP ROUTINE {schema}.{item.Name}"],
        SchemaItemKind.Table => [$"DROP TABLE {Named(schema, item.Name)}"],
        SchemaItemKind.View => [$"DROP {(item.Parts[0] == "m" ? "MATERIALIZED " : "")}VIEW {Named(schema, item.Name)}"],
        SchemaItemKind.Column => [$"{Alter(schema, item)} DROP COLUMN {PostgresName.Quote(item.Name)}"],
        SchemaItemKind.Constraint => [$"{Alter(schema, item)} DROP CONSTRAINT {PostgresName.Quote(item.Name)}"],
        SchemaItemKind.Index => [$"DROP INDEX {Named(schema, item.Name)}"],
        SchemaItemKind.Trigger => [$"DROP TRIGGER {PostgresName.Quote(item.Name)} ON {Named(schema, item.Table)}"],
        SchemaItemKind.Policy => [$"DROP POLICY {PostgresName.Quote(item.Name)} ON {Named(schema, item.Table)}"],
        SchemaItemKind.Comment => [Comment(schema, item, "NULL")],
        _ => [$"-- remove the {item.Title} by hand"],
    };

    public static IReadOnlyList<string> Change(SchemaItem found, SchemaItem declared, string schema) => declared.Kind switch
    {
        SchemaItemKind.Column => ChangeColumn(found, declared, schema),
        SchemaItemKind.Enum => ChangeValues(found, declared, schema),
        SchemaItemKind.Constraint when found.Parts[0] == $"{declared.Parts[0]} NOT VALID" =>
            [$"{Alter(schema, declared)} VALIDATE CONSTRAINT {PostgresName.Quote(declared.Name)}"],
        SchemaItemKind.Constraint or SchemaItemKind.Index => [.. Remove(found, schema), .. Make(declared, [], schema)],
        SchemaItemKind.Comment => Make(declared, [], schema),
        _ => [$"-- change the {declared.Title} by hand: it is {Text(found)}, and should be {Text(declared)}"],
    };

    private static List<string> ChangeColumn(SchemaItem found, SchemaItem declared, string schema)
    {
        var column = $"{Alter(schema, declared)} ALTER COLUMN {PostgresName.Quote(declared.Name)}";
        bool Differs(int part) => found.Parts[part] != declared.Parts[part];
        if (Differs(Identity) || Differs(Generated))
            return [$"-- change the {declared.Title} by hand: it is {Text(found)}, and should be {Text(declared)}"];
        List<string> statements = [];
        if (Differs(Type) || Differs(Collation)) statements.Add(
            $"{column} TYPE {declared.Parts[Type]}{Part(" COLLATE ", declared.Parts[Collation])} USING " +
            $"{PostgresName.Quote(declared.Name)}::{declared.Parts[Type]}");
        if (Differs(Default)) statements.Add(
            declared.Parts[Default].Length > 0 ? $"{column} SET DEFAULT {declared.Parts[Default]}" : $"{column} DROP DEFAULT");
        if (Differs(NotNull)) statements.Add($"{column} {(declared.Parts[NotNull].Length > 0 ? "SET" : "DROP")} NOT NULL");
        return statements;
    }

    private static List<string> ChangeValues(SchemaItem found, SchemaItem declared, string schema)
    {
        if (found.Parts.Except(declared.Parts).Any() || !found.Parts.SequenceEqual(declared.Parts.Where(found.Parts.Contains)))
            return [$"-- change the {declared.Title} by hand: it has {Text(found)}, and should have {Text(declared)}"];
        List<string> statements = [];
        for (var i = 0; i < declared.Parts.Count; i++)
            if (!found.Parts.Contains(declared.Parts[i]))
                statements.Add($"ALTER TYPE {Named(schema, declared.Name)} ADD VALUE {Sql.Literal(declared.Parts[i])} " +
                    (i == 0 ? $"BEFORE {Sql.Literal(declared.Parts[1])}" : $"AFTER {Sql.Literal(declared.Parts[i - 1])}"));
        return statements;
    }

    private static IReadOnlyList<string> MakeTable(SchemaItem table, IReadOnlyList<SchemaItem> declared, string schema)
    {
        var own = declared.Where(item => item.Table == table.Name && item.Kind != SchemaItemKind.Table).ToList();
        var columns = own.Where(item => item.Kind == SchemaItemKind.Column)
            .Select(item => $"{PostgresName.Quote(item.Name)} {Column(item)}");
        return
        [
            $"CREATE TABLE {Named(schema, table.Name)} ({string.Join(", ", columns)})",
            .. own.Where(item => item.Kind != SchemaItemKind.Column).SelectMany(item => Make(item, declared, schema)),
        ];
    }

    /// <summary>What follows a column's name in its definition.</summary>
    private static string Column(SchemaItem item) => item.Parts[Type]
        + Part(" COLLATE ", item.Parts[Collation])
        + Part(" DEFAULT ", item.Parts[Default])
        + item.Parts[Identity] switch
        {
            "a" => " GENERATED ALWAYS AS IDENTITY",
            "d" => " GENERATED BY DEFAULT AS IDENTITY",
            _ => "",
        }
        + (item.Parts[Generated].Length > 0 ? $" GENERATED ALWAYS AS ({item.Parts[Generated]}) STORED" : "")
        + Part(" ", item.Parts[NotNull]);

    private static string Part(string word, string text) => text.Length > 0 ? word + text : "";

    private static string IndexIn(string schema, SchemaItem item) =>
        item.Parts[0].Replace(" ON ", $" ON {schema}.", StringComparison.Ordinal);

    private static string Comment(string schema, SchemaItem item, string text) => item.Name.Length == 0
        ? $"COMMENT ON TABLE {Named(schema, item.Table)} IS {text}"
        : $"COMMENT ON COLUMN {Named(schema, item.Table)}.{PostgresName.Quote(item.Name)} IS {text}";

    private static string Alter(string schema, SchemaItem item) => $"ALTER TABLE {Named(schema, item.Table)}";

    private static string Named(string schema, string name) => $"{schema}.{PostgresName.Quote(name)}";
}
