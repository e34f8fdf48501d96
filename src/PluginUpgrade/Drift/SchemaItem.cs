namespace PluginUpgrade.Drift;

/// <summary>What a schema has, as PostgreSQL describes it when the schema is first on the search path.</summary>
/// <param name="Table">Empty where it belongs to none.</param>
/// <param name="Parts">
/// Of a column: type, collation, default, identity (<c>a</c>, <c>d</c> or empty), generation expression, and <c>NOT NULL</c> or empty. Of a
/// type: its values. Else the definition.
/// </param>
internal sealed record SchemaItem(SchemaItemKind Kind, string Table, string Name, IReadOnlyList<string> Parts)
{
    public (SchemaItemKind, string, string) Key => (Kind, Table, Name);

    /// <summary>As in <c>column users.zip</c>.</summary>
    public string Title => $"{Words[Kind]} {(Table.Length > 0 && Kind != SchemaItemKind.Table ? $"{Table}." : "")}{Name}";

    private static readonly Dictionary<SchemaItemKind, string> Words = new()
    {
        [SchemaItemKind.Enum] = "enumerated type",
        [SchemaItemKind.Type] = "type",
        [SchemaItemKind.Sequence] = "sequence",
        [SchemaItemKind.Function] = "function",
        [SchemaItemKind.Table] = "table",
        [SchemaItemKind.View] = "view",
        [SchemaItemKind.Column] = "column",
        [SchemaItemKind.Constraint] = "constraint",
        [SchemaItemKind.Index] = "index",
        [SchemaItemKind.Trigger] = "trigger",
        [SchemaItemKind.Policy] = "policy",
        [SchemaItemKind.Comment] = "comment of",
    };
}

/// <summary>In the order in which missing ones can be made.</summary>
internal enum SchemaItemKind
{
    Enum,
    Type,
    Sequence,
    Function,
    Table,
    Column,
    Constraint,
    Index,
    View,
    Trigger,
    Policy,
    Comment,
}
