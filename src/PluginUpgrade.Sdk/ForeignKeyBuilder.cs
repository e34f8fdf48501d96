namespace PluginUpgrade;

/// <summary>Declares the details of a foreign key.</summary>
public sealed class ForeignKeyBuilder
{
    private readonly DeclaredForeignKey _key;

    internal ForeignKeyBuilder(DeclaredForeignKey key) => _key = key;

    /// <summary>The columns of the other table; without this, its primary key.</summary>
    public ForeignKeyBuilder To(ColumnList columns)
    {
        _key.To = columns;
        return this;
    }

    /// <summary>What happens when the row of the other table is deleted, in PostgreSQL's words: <c>CASCADE</c>, <c>SET NULL</c>.</summary>
    public ForeignKeyBuilder OnDelete(string action)
    {
        _key.OnDelete = action;
        return this;
    }

    /// <summary>What happens when the key of the other table's row is changed, in PostgreSQL's words.</summary>
    public ForeignKeyBuilder OnUpdate(string action)
    {
        _key.OnUpdate = action;
        return this;
    }

    /// <summary>The constraint's name; without this, derived as PostgreSQL does: <c>TABLE_COLUMN_fkey</c>.</summary>
    public ForeignKeyBuilder Name(string name)
    {
        _key.Name = name;
        return this;
    }

    /// <summary>Whether it can be checked at the end of a transaction (<c>DEFERRABLE</c>).</summary>
    /// <param name="initiallyDeferred">Whether it is, unless the transaction says otherwise.</param>
    public ForeignKeyBuilder Deferrable(bool initiallyDeferred = false)
    {
        (_key.IsDeferrable, _key.IsDeferred) = (true, initiallyDeferred);
        return this;
    }
}
