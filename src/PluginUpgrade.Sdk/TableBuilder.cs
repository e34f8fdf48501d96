namespace PluginUpgrade;

/// <summary>Declares the columns, keys and indexes of a table. What has no version of its own exists as long as the table.</summary>
public sealed class TableBuilder
{
    private readonly DeclaredTable _table;

    internal TableBuilder(DeclaredTable table) => _table = table;

    /// <summary>The table's name before its <c>since</c>: it is renamed, and keeps its rows.</summary>
    public TableBuilder RenamedFrom(string table)
    {
        _table.RenamedFrom = table;
        return this;
    }

    /// <summary>The table's comment.</summary>
    public TableBuilder Comment(string text)
    {
        _table.Comment = text;
        return this;
    }

    /// <summary>Declares a column.</summary>
    /// <param name="name">Its name, as PostgreSQL has it: not folded to lower case.</param>
    /// <param name="type">Its type at its beginning, as SQL: <c>numeric(10, 2)</c>.</param>
    /// <param name="column">Declares its details.</param>
    public TableBuilder Column(string name, string type, Action<ColumnBuilder>? column = null) =>
        Add(new DeclaredColumn(name, type, Life.Whole), column);

    /// <summary>Declares a column.</summary>
    /// <param name="name">Its name, as PostgreSQL has it: not folded to lower case.</param>
    /// <param name="type">Its type at its beginning, as SQL: <c>numeric(10, 2)</c>.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="column">Declares its details.</param>
    public TableBuilder Column(string name, string type, Since since, Action<ColumnBuilder>? column = null) =>
        Add(new DeclaredColumn(name, type, new Life(since, null)), column);

    /// <summary>Declares a column.</summary>
    /// <param name="name">Its name, as PostgreSQL has it: not folded to lower case.</param>
    /// <param name="type">Its type at its beginning, as SQL: <c>numeric(10, 2)</c>.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="column">Declares its details.</param>
    public TableBuilder Column(string name, string type, Till till, Action<ColumnBuilder>? column = null) =>
        Add(new DeclaredColumn(name, type, new Life(null, till)), column);

    /// <summary>Declares a column.</summary>
    /// <param name="name">Its name, as PostgreSQL has it: not folded to lower case.</param>
    /// <param name="type">Its type at its beginning, as SQL: <c>numeric(10, 2)</c>.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="column">Declares its details.</param>
    public TableBuilder Column(string name, string type, Since since, Till till, Action<ColumnBuilder>? column = null) =>
        Add(new DeclaredColumn(name, type, new Life(since, till)), column);

    /// <summary>Declares the primary key.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="name">The constraint's name; null: derived as PostgreSQL does.</param>
    public TableBuilder PrimaryKey(ColumnList columns, string? name = null) => Add(new DeclaredKey(columns, Life.Whole, true, name));

    /// <summary>Declares the primary key.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="name">The constraint's name; null: derived as PostgreSQL does.</param>
    public TableBuilder PrimaryKey(ColumnList columns, Since since, string? name = null) =>
        Add(new DeclaredKey(columns, new Life(since, null), true, name));

    /// <summary>Declares the primary key.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="name">The constraint's name; null: derived as PostgreSQL does.</param>
    public TableBuilder PrimaryKey(ColumnList columns, Till till, string? name = null) =>
        Add(new DeclaredKey(columns, new Life(null, till), true, name));

    /// <summary>Declares the primary key.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="name">The constraint's name; null: derived as PostgreSQL does.</param>
    public TableBuilder PrimaryKey(ColumnList columns, Since since, Till till, string? name = null) =>
        Add(new DeclaredKey(columns, new Life(since, till), true, name));

    /// <summary>Declares a unique constraint.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="name">The constraint's name; null: derived as PostgreSQL does.</param>
    public TableBuilder Unique(ColumnList columns, string? name = null) => Add(new DeclaredKey(columns, Life.Whole, false, name));

    /// <summary>Declares a unique constraint.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="name">The constraint's name; null: derived as PostgreSQL does.</param>
    public TableBuilder Unique(ColumnList columns, Since since, string? name = null) =>
        Add(new DeclaredKey(columns, new Life(since, null), false, name));

    /// <summary>Declares a unique constraint.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="name">The constraint's name; null: derived as PostgreSQL does.</param>
    public TableBuilder Unique(ColumnList columns, Till till, string? name = null) =>
        Add(new DeclaredKey(columns, new Life(null, till), false, name));

    /// <summary>Declares a unique constraint.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="name">The constraint's name; null: derived as PostgreSQL does.</param>
    public TableBuilder Unique(ColumnList columns, Since since, Till till, string? name = null) =>
        Add(new DeclaredKey(columns, new Life(since, till), false, name));

    /// <summary>Declares a check constraint.</summary>
    /// <param name="name">The constraint's name.</param>
    /// <param name="expression">The condition, as SQL.</param>
    public TableBuilder Check(string name, string expression) => Add(new DeclaredCheck(name, expression, Life.Whole));

    /// <summary>Declares a check constraint.</summary>
    /// <param name="name">The constraint's name.</param>
    /// <param name="expression">The condition, as SQL.</param>
    /// <param name="since">The version that adds it.</param>
    public TableBuilder Check(string name, string expression, Since since) =>
        Add(new DeclaredCheck(name, expression, new Life(since, null)));

    /// <summary>Declares a check constraint.</summary>
    /// <param name="name">The constraint's name.</param>
    /// <param name="expression">The condition, as SQL.</param>
    /// <param name="till">The version that removes it.</param>
    public TableBuilder Check(string name, string expression, Till till) =>
        Add(new DeclaredCheck(name, expression, new Life(null, till)));

    /// <summary>Declares a check constraint.</summary>
    /// <param name="name">The constraint's name.</param>
    /// <param name="expression">The condition, as SQL.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="till">The version that removes it.</param>
    public TableBuilder Check(string name, string expression, Since since, Till till) =>
        Add(new DeclaredCheck(name, expression, new Life(since, till)));

    /// <summary>Declares a foreign key.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="table">The other table, by its name at the key's beginning.</param>
    /// <param name="key">Declares its details.</param>
    public TableBuilder ForeignKey(ColumnList columns, string table, Action<ForeignKeyBuilder>? key = null) =>
        Add(new DeclaredForeignKey(columns, table, Life.Whole), key);

    /// <summary>Declares a foreign key.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="table">The other table, by its name at the key's beginning.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="key">Declares its details.</param>
    public TableBuilder ForeignKey(ColumnList columns, string table, Since since, Action<ForeignKeyBuilder>? key = null) =>
        Add(new DeclaredForeignKey(columns, table, new Life(since, null)), key);

    /// <summary>Declares a foreign key.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="table">The other table, by its name at the key's beginning.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="key">Declares its details.</param>
    public TableBuilder ForeignKey(ColumnList columns, string table, Till till, Action<ForeignKeyBuilder>? key = null) =>
        Add(new DeclaredForeignKey(columns, table, new Life(null, till)), key);

    /// <summary>Declares a foreign key.</summary>
    /// <param name="columns">Their names at its beginning.</param>
    /// <param name="table">The other table, by its name at the key's beginning.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="key">Declares its details.</param>
    public TableBuilder ForeignKey(ColumnList columns, string table, Since since, Till till, Action<ForeignKeyBuilder>? key = null) =>
        Add(new DeclaredForeignKey(columns, table, new Life(since, till)), key);

    /// <summary>Declares an index.</summary>
    /// <param name="name">Its name, as PostgreSQL has it.</param>
    /// <param name="columns">Its columns and expressions, as SQL: <c>lower(name), created_at DESC</c>.</param>
    /// <param name="index">Declares its details.</param>
    public TableBuilder Index(string name, string columns, Action<IndexBuilder>? index = null) =>
        Add(new DeclaredIndex(name, columns, Life.Whole), index);

    /// <summary>Declares an index.</summary>
    /// <param name="name">Its name, as PostgreSQL has it.</param>
    /// <param name="columns">Its columns and expressions, as SQL: <c>lower(name), created_at DESC</c>.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="index">Declares its details.</param>
    public TableBuilder Index(string name, string columns, Since since, Action<IndexBuilder>? index = null) =>
        Add(new DeclaredIndex(name, columns, new Life(since, null)), index);

    /// <summary>Declares an index.</summary>
    /// <param name="name">Its name, as PostgreSQL has it.</param>
    /// <param name="columns">Its columns and expressions, as SQL: <c>lower(name), created_at DESC</c>.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="index">Declares its details.</param>
    public TableBuilder Index(string name, string columns, Till till, Action<IndexBuilder>? index = null) =>
        Add(new DeclaredIndex(name, columns, new Life(null, till)), index);

    /// <summary>Declares an index.</summary>
    /// <param name="name">Its name, as PostgreSQL has it.</param>
    /// <param name="columns">Its columns and expressions, as SQL: <c>lower(name), created_at DESC</c>.</param>
    /// <param name="since">The version that adds it.</param>
    /// <param name="till">The version that removes it.</param>
    /// <param name="index">Declares its details.</param>
    public TableBuilder Index(string name, string columns, Since since, Till till, Action<IndexBuilder>? index = null) =>
        Add(new DeclaredIndex(name, columns, new Life(since, till)), index);

    private TableBuilder Add(DeclaredColumn column, Action<ColumnBuilder>? details)
    {
        ArgumentNullException.ThrowIfNull(column.Name, "name");
        ArgumentNullException.ThrowIfNull(column.Type, "type");
        _table.Columns.Add(column);
        details?.Invoke(new ColumnBuilder(column));
        return this;
    }

    private TableBuilder Add(DeclaredKey key)
    {
        _table.Keys.Add(key);
        return this;
    }

    private TableBuilder Add(DeclaredCheck check)
    {
        ArgumentNullException.ThrowIfNull(check.Name, "name");
        ArgumentNullException.ThrowIfNull(check.Expression, "expression");
        _table.Checks.Add(check);
        return this;
    }

    private TableBuilder Add(DeclaredForeignKey key, Action<ForeignKeyBuilder>? details)
    {
        ArgumentNullException.ThrowIfNull(key.Table, "table");
        _table.ForeignKeys.Add(key);
        details?.Invoke(new ForeignKeyBuilder(key));
        return this;
    }

    private TableBuilder Add(DeclaredIndex index, Action<IndexBuilder>? details)
    {
        ArgumentNullException.ThrowIfNull(index.Name, "name");
        ArgumentNullException.ThrowIfNull(index.Columns, "columns");
        _table.Indexes.Add(index);
        details?.Invoke(new IndexBuilder(index));
        return this;
    }
}
