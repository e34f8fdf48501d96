namespace PluginUpgrade.PostgresTests.Schemas;

/// <summary>A key, check, foreign key or index.</summary>
internal sealed class RandomPart(string name, string kind, int since, List<RandomColumn> columns)
{
    private List<string> _names = [.. columns.Select(column => column.Name)];
    private string? _target;

    public string Name => name;

    public string Kind => kind;

    public int Since { get; } = since;

    public int? Till { get; private set; }

    public bool IsAlive => Till is null;

    public int Touched { get; private set; } = since;

    public List<RandomColumn> Columns { get; private set; } = columns;

    public int Variant { get; init; }

    /// <summary>Declared without since, in a renamed table.</summary>
    private bool Inherits { get; init; }

    private string? RenamedFrom { get; init; }

    /// <summary>Of a foreign key.</summary>
    public RandomTable? Target
    {
        get;
        init
        {
            field = value;
            _target = value?.Name;
            _current = value;
        }
    }

    private RandomTable? _current;

    public bool RefersTo(RandomTable table) => _current == table;

    /// <summary>The primary key to which it refers.</summary>
    public RandomPart? To { get; set; }

    public void End(int version) => Till = Touched = version;

    /// <summary>The declaration keeps the names that columns have when it begins.</summary>
    public void Rename(RandomColumn old, RandomColumn renamed)
    {
        if (!IsAlive || !Columns.Contains(old)) return;
        Columns = [.. Columns.Select(column => column == old ? renamed : column)];
        if (Since == renamed.Touched) _names = [.. Columns.Select(column => column.Name)];
    }

    /// <summary>The declaration keeps the name that the table has when it begins.</summary>
    public void Retarget(RandomTable renamed, int version)
    {
        _current = renamed;
        if (Since == version) _target = renamed.Name;
        To = renamed.PrimaryKey;
    }

    public RandomPart Again(string newName, int version) => new(newName, kind, version, Columns) { Variant = Variant, RenamedFrom = Name };

    public RandomPart Continued(int version, Dictionary<RandomColumn, RandomColumn> columns) =>
        new(name, kind, version, [.. Columns.Select(column => columns[column])])
        {
            Variant = Variant,
            Inherits = true,
            Target = _current,
            To = To,
        };

    public void Declare(TableBuilder table)
    {
        Since? begin = Inherits ? default(Since?) : new Since(RandomTable.Text(Since));
        Till? end = Till is { } till ? new Till(RandomTable.Text(till)) : default(Till?);
        var names = _names.ToArray();
        switch (kind)
        {
            case "primary":
                Choose(begin, end, () => table.PrimaryKey(names, name), s => table.PrimaryKey(names, s, name),
                t => table.PrimaryKey(names, t, name), (s, t) => table.PrimaryKey(names, s, t, name)); break;
            case "unique":
                Choose(begin, end, () => table.Unique(names, name), s => table.Unique(names, s, name),
                t => table.Unique(names, t, name), (s, t) => table.Unique(names, s, t, name)); break;
            case "check":
                Choose(begin, end, () => table.Check(name, Condition), s => table.Check(name, Condition, s),
                t => table.Check(name, Condition, t), (s, t) => table.Check(name, Condition, s, t)); break;
            case "foreign":
                Choose(begin, end, () => table.ForeignKey(names, _target!, Details),
                s => table.ForeignKey(names, _target!, s, Details), t => table.ForeignKey(names, _target!, t, Details),
                (s, t) => table.ForeignKey(names, _target!, s, t, Details)); break;
            default:
                Choose(begin, end, () => table.Index(name, Text, Details), s => table.Index(name, Text, s, Details),
                t => table.Index(name, Text, t, Details), (s, t) => table.Index(name, Text, s, t, Details)); break;
        }
    }

    private static void Choose(
        Since? since, Till? till, Action whole, Action<Since> begins, Action<Till> ends, Action<Since, Till> both)
    {
        if (since is { } begin && till is { } end) both(begin, end);
        else if (since is { } onlyBegin) begins(onlyBegin);
        else if (till is { } onlyEnd) ends(onlyEnd);
        else whole();
    }

    private string Condition => string.Join(" OR ", _names.Select(column => $"{column} IS NOT NULL OR length({column}::text) < 5"));

    private string Text => Variant switch
    {
        0 => string.Join(", ", _names.Select(column => $"{column} DESC")),
        1 => $"(({_names[0]} IS NULL)), {_names[^1]}",
        _ => string.Join(", ", _names),
    };

    private void Details(ForeignKeyBuilder key) => key.Name(name).OnDelete("cascade");

    private void Details(IndexBuilder index)
    {
        if (Variant == 2) index.Unique();
        if (Variant == 3) index.Where($"{_names[0]} IS NOT NULL").Concurrently();
        if (Variant == 4) index.Using("BTREE");
        if (RenamedFrom is not null) index.RenamedFrom(RenamedFrom);
    }
}
