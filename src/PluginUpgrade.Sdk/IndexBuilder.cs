namespace PluginUpgrade;

/// <summary>Declares the details of an index.</summary>
public sealed class IndexBuilder
{
    private readonly DeclaredIndex _index;

    internal IndexBuilder(DeclaredIndex index) => _index = index;

    /// <summary>A unique index.</summary>
    /// <param name="nullsNotDistinct">Whether two nulls count as equal (PostgreSQL 15 and later).</param>
    public IndexBuilder Unique(bool nullsNotDistinct = false)
    {
        (_index.IsUnique, _index.NullsNotDistinct) = (true, nullsNotDistinct);
        return this;
    }

    /// <summary>The access method: <c>gin</c>, <c>brin</c>; without this, <c>btree</c>.</summary>
    public IndexBuilder Using(string method)
    {
        _index.Method = method;
        return this;
    }

    /// <summary>A partial index: the condition of its rows, as SQL.</summary>
    public IndexBuilder Where(string expression)
    {
        _index.Where = expression;
        return this;
    }

    /// <summary>Further columns whose values the index holds.</summary>
    public IndexBuilder Include(ColumnList columns)
    {
        _index.Include = columns;
        return this;
    }

    /// <summary>
    /// Build it with <c>CONCURRENTLY</c>, whatever the table's size: not in the version's transaction. Without this, only for large tables
    /// (<c>Run:SmallTable</c>).
    /// </summary>
    public IndexBuilder Concurrently()
    {
        _index.Concurrently = true;
        return this;
    }

    /// <summary>The index's name before its <c>since</c>: it is renamed, not built again.</summary>
    public IndexBuilder RenamedFrom(string name)
    {
        _index.RenamedFrom = name;
        return this;
    }
}
