using PluginUpgrade.Schemas.Changes;
using PluginUpgrade.Schemas.Reading;

namespace PluginUpgrade.Schemas.Resolving;

// The schema while its versions are gone through, oldest first.

internal sealed class LiveTable(TableItem item)
{
    /// <summary>Its declaration at the moment: a renamed table has one for each of its names.</summary>
    public TableItem Item { get; set; } = item;

    public string Name { get; set; } = item.Name;

    /// <summary>Its name before the version that is gone through; null: this version creates it.</summary>
    public string? Before { get; set; }

    public UpgradeVersion First { get; } = item.Life.Since;

    public List<LiveColumn> Columns { get; } = [];

    /// <summary>The columns that it has ever had.</summary>
    public int Positions { get; set; }

    public List<LivePart> Parts { get; } = [];

    /// <summary>Whether the table was renamed at the version that is gone through.</summary>
    public TableItem? RenamedFrom { get; set; }

    /// <summary>The keys, checks, foreign keys and indexes that the version begins.</summary>
    public List<PartItem> Beginning { get; } = [];

    public TableName On => new(Name, Before);

    public bool IsNew => Before is null;

    public IEnumerable<LiveKey> Keys => Parts.OfType<LiveKey>();

    public IEnumerable<LiveForeignKey> ForeignKeys => Parts.OfType<LiveForeignKey>();

    public LiveColumn? Column(string name) => Columns.Find(column => column.Name == name);
}

internal sealed class LiveColumn(ColumnItem item)
{
    public ColumnItem Item { get; set; } = item;

    public string Name { get; set; } = item.Name;

    public UpgradeVersion First { get; } = item.Life.Since;

    public ColumnType Type { get; set; } = new(item.Declared.Type);

    /// <summary>As declared; a column of a primary key has no nulls besides.</summary>
    public bool NotNull { get; set; } = item.NotNull;

    /// <summary>In the database.</summary>
    public bool HasNoNulls { get; set; }

    public string? Default { get; set; } = item.Default;

    public string? Collation { get; set; } = item.Declared.Collation;

    public string? Comment { get; set; } = item.Declared.Comment;

    /// <summary>The sequence that numbers its rows.</summary>
    public string? Sequence { get; set; }

    /// <summary>The columns in the expression that computes it.</summary>
    public IReadOnlyList<LiveColumn> Mentions { get; set; } = [];

    /// <summary>The column that it was until the version that is gone through.</summary>
    public ColumnItem? RenamedFrom { get; set; }
}

/// <summary>A key, check, foreign key or index.</summary>
internal abstract class LivePart(string name, PartItem item, IReadOnlyList<LiveColumn> columns)
{
    private IReadOnlyList<string> _names = [.. columns.Select(column => column.Name)];

    public string Name { get; set; } = name;

    public PartItem Item { get; private set; } = item;

    /// <summary>Those that it needs.</summary>
    public IReadOnlyList<LiveColumn> Columns { get; } = columns;

    /// <summary>The names of its columns now, by those in its declaration.</summary>
    public IReadOnlyDictionary<string, string> ColumnNames => _names.Zip(Columns).DistinctBy(pair => pair.First)
        .ToDictionary(pair => pair.First, pair => pair.Second.Name);

    /// <summary>It goes on in another declaration, which has the columns' names of now.</summary>
    public void GoOn(PartItem next) => (Item, _names) = (next, [.. Columns.Select(column => column.Name)]);

    public abstract string Kind { get; }

    /// <summary>Whether the version that is gone through makes it.</summary>
    public bool IsNew { get; set; } = true;
}

internal sealed class LiveKey(string name, KeyItem item, IReadOnlyList<LiveColumn> columns) : LivePart(name, item, columns)
{
    public bool IsPrimary { get; } = item.IsPrimary;

    public override string Kind => IsPrimary ? "primary key" : "unique constraint";
}

internal sealed class LiveCheck(string name, CheckItem item, IReadOnlyList<LiveColumn> columns) : LivePart(name, item, columns)
{
    public override string Kind => "check";
}

/// <param name="target">Null: a table that is not declared.</param>
/// <param name="key">The key or the unique index to which it refers.</param>
internal sealed class LiveForeignKey(
    string name, ForeignKeyItem item, IReadOnlyList<LiveColumn> columns, LiveTable? target, IReadOnlyList<LiveColumn>? to, LivePart? key)
    : LivePart(name, item, columns)
{
    public LiveTable? Target => target;

    public IReadOnlyList<LiveColumn>? To => to;

    public LivePart? Key => key;

    public override string Kind => "foreign key";
}

internal sealed class LiveIndex(IndexItem item, IReadOnlyList<LiveColumn> columns, IReadOnlyList<LiveColumn>? unique)
    : LivePart(item.Name, item, columns)
{
    /// <summary>The columns that are unique together, for foreign keys; null: not unique, or not of whole columns and all rows.</summary>
    public IReadOnlyList<LiveColumn>? Unique => unique;

    public override string Kind => "index";
}

internal sealed class LiveEnum(EnumItem item)
{
    public EnumItem Item { get; } = item;

    public string Name => Item.Name;

    public List<string> Values { get; } = [.. item.Declared.Values];

    /// <summary>All names that a value has ever had.</summary>
    public HashSet<string> Ever { get; } = [.. item.Declared.Values];
}
