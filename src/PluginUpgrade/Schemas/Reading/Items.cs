namespace PluginUpgrade.Schemas.Reading;

// What is declared, with versions, and without what has mistakes of its own.

/// <param name="Place">Where it is declared.</param>
/// <param name="Life">When it exists.</param>
internal abstract record Item(Place Place, Span Life)
{
    public bool BeginsAt(UpgradeVersion version) => Life.Since == version;

    public bool EndsAt(UpgradeVersion version) => Life.Till == version;
}

internal sealed record TableItem(Place Place, Span Life, DeclaredTable Declared) : Item(Place, Life)
{
    public string Name => Declared.Name;

    public List<ColumnItem> Columns { get; } = [];

    public List<KeyItem> Keys { get; } = [];

    public List<CheckItem> Checks { get; } = [];

    public List<ForeignKeyItem> ForeignKeys { get; } = [];

    public List<IndexItem> Indexes { get; } = [];

    public IEnumerable<Item> Contents => [.. Columns, .. Keys, .. Checks, .. ForeignKeys, .. Indexes];

    /// <summary>Names of columns with mistakes: that they are missing is no second mistake.</summary>
    public HashSet<string> Broken { get; } = [];
}

internal sealed record ColumnItem(Place Place, Span Life, DeclaredColumn Declared) : Item(Place, Life)
{
    public string Name => Declared.Name;

    /// <summary>At its beginning.</summary>
    public bool NotNull { get; set; }

    /// <summary>At its beginning.</summary>
    public string? Default { get; set; }

    public string? Identity => Declared.Identity switch
    {
        DeclaredIdentity.Always => "ALWAYS",
        DeclaredIdentity.ByDefault => "BY DEFAULT",
        _ => null,
    };

    /// <summary>Oldest first.</summary>
    public List<(UpgradeVersion Version, DeclaredChange Change)> Later { get; } = [];
}

/// <param name="OfColumn">The column at which it was written; null: written at the table.</param>
internal abstract record PartItem(Place Place, Span Life, string? OfColumn) : Item(Place, Life);

internal sealed record KeyItem(Place Place, Span Life, string? OfColumn, bool IsPrimary, IReadOnlyList<string> Columns, string? Name)
    : PartItem(Place, Life, OfColumn)
{
    public string Kind => IsPrimary ? "primary key" : "unique constraint";
}

/// <param name="Name">Null: derived from the table, the column and <paramref name="Number"/>.</param>
internal sealed record CheckItem(Place Place, Span Life, string? OfColumn, string? Name, string Expression, int Number = 0)
    : PartItem(Place, Life, OfColumn);

internal sealed record ForeignKeyItem(Place Place, Span Life, string? OfColumn, DeclaredForeignKey Declared)
    : PartItem(Place, Life, OfColumn)
{
    public string? OnDelete { get; init; }

    public string? OnUpdate { get; init; }
}

internal sealed record IndexItem(Place Place, Span Life, DeclaredIndex Declared) : PartItem(Place, Life, null)
{
    public string Name => Declared.Name;
}

internal sealed record EnumItem(Place Place, Span Life, DeclaredEnum Declared) : Item(Place, Life)
{
    public string Name => Declared.Name;

    public List<(UpgradeVersion Version, DeclaredEnumValue Value)> Later { get; } = [];
}
