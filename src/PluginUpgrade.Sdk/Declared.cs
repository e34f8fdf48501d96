namespace PluginUpgrade;

// What the builders have collected, as it was written. krang-upgrade checks it and makes the versions' changes from it.

/// <summary>From when and till when; null: as long as what it belongs to.</summary>
internal sealed record Life(Since? Since, Till? Till)
{
    public static Life Whole { get; } = new(null, null);
}

internal sealed record DeclaredTable(string Name, Life Life)
{
    public string? RenamedFrom { get; set; }

    public string? Comment { get; set; }

    public List<DeclaredColumn> Columns { get; init; } = [];

    public List<DeclaredKey> Keys { get; init; } = [];

    public List<DeclaredCheck> Checks { get; init; } = [];

    public List<DeclaredForeignKey> ForeignKeys { get; init; } = [];

    public List<DeclaredIndex> Indexes { get; init; } = [];
}

internal enum DeclaredIdentity
{
    None,
    Always,
    ByDefault,
}

internal sealed record DeclaredColumn(string Name, string Type, Life Life)
{
    public string? RenamedFrom { get; set; }

    public string? Comment { get; set; }

    public string? Collation { get; set; }

    public DeclaredIdentity Identity { get; set; }

    /// <summary>The expression of a generated column.</summary>
    public string? Generated { get; set; }

    public bool IsPrimaryKey { get; set; }

    public bool IsUnique { get; set; }

    public List<string> Checks { get; init; } = [];

    public DeclaredForeignKey? References { get; set; }

    public bool Rewrites { get; set; }

    public bool InBatches { get; set; }

    /// <summary>In the order in which they were written.</summary>
    public List<DeclaredChange> Changes { get; init; } = [];
}

/// <summary>What a column is from a version on; without one, from its beginning.</summary>
internal abstract record DeclaredChange(Since? Since)
{
    internal sealed record Nullness(bool NotNull, Since? Since) : DeclaredChange(Since);

    /// <summary>A null expression: no default.</summary>
    internal sealed record Default(string? Expression, Since? Since) : DeclaredChange(Since);

    internal sealed record Type(string NewType, Since? Since, string? Using) : DeclaredChange(Since);
}

internal sealed record DeclaredKey(ColumnList Columns, Life Life, bool IsPrimary, string? Name);

internal sealed record DeclaredCheck(string Name, string Expression, Life Life);

internal sealed record DeclaredForeignKey(ColumnList Columns, string Table, Life Life)
{
    /// <summary>Null: the other table's primary key.</summary>
    public ColumnList? To { get; set; }

    public string? OnDelete { get; set; }

    public string? OnUpdate { get; set; }

    public string? Name { get; set; }

    public bool IsDeferrable { get; set; }

    public bool IsDeferred { get; set; }
}

internal sealed record DeclaredIndex(string Name, string Columns, Life Life)
{
    public bool IsUnique { get; set; }

    public bool NullsNotDistinct { get; set; }

    public string? Method { get; set; }

    public string? Where { get; set; }

    public ColumnList? Include { get; set; }

    public bool Concurrently { get; set; }

    public string? RenamedFrom { get; set; }
}

internal sealed record DeclaredEnum(string Name, Life Life)
{
    /// <summary>The values from the beginning.</summary>
    public List<string> Values { get; init; } = [];

    /// <summary>In the order in which they were written.</summary>
    public List<DeclaredEnumValue> Later { get; init; } = [];
}

/// <summary>A value that is added (after another one, or at the end), or renamed from another one.</summary>
internal sealed record DeclaredEnumValue(string Value, Since Since, string? After, string? RenamedFrom);
