namespace PluginUpgrade;

/// <summary>Collects what a <see cref="ISchemaDeclaration"/> declares. Mistakes are reported later, all together.</summary>
public sealed class SchemaBuilder
{
    internal SchemaBuilder() { }

    internal List<DeclaredTable> Tables { get; init; } = [];

    internal List<DeclaredEnum> Enums { get; init; } = [];

    /// <summary>Declares a table.</summary>
    /// <param name="name">Its name without a schema, as PostgreSQL has it: not folded to lower case.</param>
    /// <param name="since">The version that creates it.</param>
    /// <param name="table">Declares its columns, keys and indexes.</param>
    public void Table(string name, Since since, Action<TableBuilder> table) => Add(new DeclaredTable(name, new Life(since, null)), table);

    /// <summary>Declares a table that no longer exists.</summary>
    /// <param name="name">Its name, as PostgreSQL has it.</param>
    /// <param name="since">The version that creates it.</param>
    /// <param name="till">The version that drops it.</param>
    /// <param name="table">Declares its columns, keys and indexes.</param>
    public void Table(string name, Since since, Till till, Action<TableBuilder> table) =>
        Add(new DeclaredTable(name, new Life(since, till)), table);

    /// <summary>Declares an enumerated type.</summary>
    /// <param name="name">Its name without a schema, as PostgreSQL has it.</param>
    /// <param name="since">The version that creates it.</param>
    /// <param name="type">Declares its values.</param>
    public void Enum(string name, Since since, Action<EnumBuilder> type) => Add(new DeclaredEnum(name, new Life(since, null)), type);

    /// <summary>Declares an enumerated type that no longer exists.</summary>
    /// <param name="name">Its name, as PostgreSQL has it.</param>
    /// <param name="since">The version that creates it.</param>
    /// <param name="till">The version that drops it.</param>
    /// <param name="type">Declares its values.</param>
    public void Enum(string name, Since since, Till till, Action<EnumBuilder> type) =>
        Add(new DeclaredEnum(name, new Life(since, till)), type);

    private void Add(DeclaredTable table, Action<TableBuilder> declare)
    {
        ArgumentNullException.ThrowIfNull(table.Name, "name");
        ArgumentNullException.ThrowIfNull(declare);
        Tables.Add(table);
        declare(new TableBuilder(table));
    }

    private void Add(DeclaredEnum type, Action<EnumBuilder> declare)
    {
        ArgumentNullException.ThrowIfNull(type.Name, "name");
        ArgumentNullException.ThrowIfNull(declare);
        Enums.Add(type);
        declare(new EnumBuilder(type));
    }
}
